use super::*;

fn custom_sections(binary: &[u8]) -> usize {
    let mut count = 0;
    for section in Sections::of(binary).unwrap() {
        match section.unwrap() {
            (CUSTOM_SECTION, _) => count += 1,
            (CORE_MODULE_SECTION, inner) if !binary.starts_with(&MODULE_HEADER) => {
                count += custom_sections(inner);
            }
            (COMPONENT_SECTION, inner) if !binary.starts_with(&MODULE_HEADER) => {
                count += custom_sections(inner);
            }
            _ => {}
        }
    }
    count
}

#[test]
fn custom_sections_go_from_every_layer_and_the_rest_stays() {
    let with = r#"(component (@custom "a" "1")
        (component (@custom "b" "2") (core module (@custom "c" "3") (func (export "f")) (memory 1)))
        (core module (@custom "d" "4") (import "x" "y" (func)) (table 1 funcref)))"#;
    let without = r#"(component
        (component (core module (func (export "f")) (memory 1)))
        (core module (import "x" "y" (func)) (table 1 funcref)))"#;
    let binary = wat::parse_str(with).unwrap();
    assert!(custom_sections(&binary) >= 4);
    let stripped = without_custom_sections(&binary).unwrap();
    assert_eq!(custom_sections(&stripped), 0);
    let plain = wat::parse_str(without).unwrap();
    assert_eq!(stripped, without_custom_sections(&plain).unwrap());
    assert!(stripped.len() > 60, "the rest is still there");
}

#[test]
fn a_module_of_something_else_is_no_policy() {
    let module = wat::parse_str(r#"(module (func (export "f")))"#).unwrap();
    assert!(matches!(
        from_module(&module),
        Err(ComponentError::NoPolicy)
    ));
}

#[test]
fn what_is_no_binary_is_malformed() {
    for bytes in [&b""[..], b"\0asm", b"\0asm\x01\0\0\0\x01\xff"] {
        assert!(
            matches!(from_module(bytes), Err(ComponentError::Malformed(_))),
            "{bytes:?}"
        );
    }
}
