use super::*;

fn component(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut file = COMPONENT_HEADER.to_vec();
    for (id, body) in sections {
        file.push(*id);
        push_length(&mut file, body.len());
        file.extend_from_slice(body);
    }
    file
}

fn signed(contents: &[u8]) -> Vec<u8> {
    let mut file = component(&[(1, b"core"), (0, b"\x04name..")]);
    append(&mut file, contents);
    file
}

#[test]
fn the_signature_section_is_found_and_split_off() {
    for contents in [&b""[..], b"x", &[7; 300]] {
        let file = signed(contents);
        let split = walk(&file).unwrap().unwrap();
        assert_eq!(&file[split.contents], contents);
        assert_eq!(
            &file[..split.component_bytes],
            component(&[(1, b"core"), (0, b"\x04name..")])
        );
    }
}

#[test]
fn a_component_without_one_is_unsigned() {
    assert_eq!(walk(&component(&[])), Ok(None));
    assert_eq!(walk(&component(&[(1, b"core")])), Ok(None));
    // A longer or shorter name is another section.
    assert_eq!(walk(&component(&[(0, b"\x11lictor-signature.")])), Ok(None));
    assert_eq!(walk(&component(&[(0, b"\x0flictor-signatur")])), Ok(None));
    // Only custom sections have names.
    assert_eq!(walk(&component(&[(1, b"\x10lictor-signature")])), Ok(None));
}

#[test]
fn a_nested_component_signs_nothing() {
    assert_eq!(walk(&component(&[(4, &signed(b"x"))])), Ok(None));
}

#[test]
fn what_is_no_component_is_named() {
    assert_eq!(walk(b""), Err(SectionError::NotComponent));
    assert_eq!(walk(b"\0asm"), Err(SectionError::NotComponent));
    assert_eq!(walk(b"\0asm\x01\0\0\0"), Err(SectionError::Module));
    assert_eq!(walk(b"\x7fELF and so on"), Err(SectionError::NativeCode));
    assert_eq!(walk(b"\0asm\x0e\0\x01\0"), Err(SectionError::NotComponent));
}

#[test]
fn nothing_may_follow_or_repeat() {
    let file = signed(b"x");
    let at = file.len();
    let mut two = file.clone();
    append(&mut two, b"x");
    assert_eq!(walk(&two), Err(SectionError::TwoSignatures { at }));
    let mut followed = file.clone();
    followed.extend_from_slice(&[0, 2, 1, b'n']);
    assert_eq!(walk(&followed), Err(SectionError::AfterSignature { at }));
    let mut trailing = file;
    trailing.push(0);
    assert_eq!(walk(&trailing), Err(SectionError::Truncated { at }));
}

#[test]
fn lengths_are_minimal_and_fit_32_bits() {
    let header = COMPONENT_HEADER.to_vec();
    let with = |tail: &[u8]| walk(&[&header[..], tail].concat());
    let refused = Err(SectionError::Length { at: 8 });
    assert_eq!(with(&[1, 0]), Ok(None));
    assert_eq!(with(&[1, 0x80, 0]), refused);
    assert_eq!(with(&[1, 0x81, 0x80, 0, 0]), refused);
    assert_eq!(with(&[1, 0xff, 0xff, 0xff, 0xff, 0x1f]), refused);
    assert_eq!(with(&[1, 0x80, 0x80, 0x80, 0x80, 0x80, 0]), refused);
    // The length of a name too.
    assert_eq!(with(&[0, 2, 0x80, 0]), refused);
    assert_eq!(
        with(&[1, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        Err(SectionError::Truncated { at: 8 })
    );
}

#[test]
fn a_name_stays_inside_its_section() {
    let mut file = component(&[(0, b"\x10lictor")]);
    let at = 8;
    file.extend_from_slice(b"-signature");
    assert_eq!(walk(&file), Err(SectionError::Truncated { at }));
}

#[test]
fn a_section_has_a_largest_size() {
    let largest = signed(&vec![0; SIGNATURE_SECTION_BYTES_MAX]);
    assert!(walk(&largest).unwrap().is_some());
    let larger = signed(&vec![0; SIGNATURE_SECTION_BYTES_MAX + 1]);
    assert!(matches!(walk(&larger), Err(SectionError::TooLarge { .. })));
}
