//! Merge patches: what they change is kept, and nothing that others put is lost.

use super::*;

#[test]
fn a_patch_changes_what_it_names_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (host, bank, _) = founded(folder.path());
    let users = name("users");
    host.put_data(
        &bank,
        users.clone(),
        br#"{"a": {"limit": 1.50, "x": 1}, "b": 2}"#,
    )
    .unwrap();
    host.patch_data(
        &bank,
        &users,
        br#"{"a": {"x": null, "y": 12345678901234567890.1}, "c": []}"#,
    )
    .unwrap();
    let text = r#"{"a":{"limit":1.5,"y":12345678901234567890.1},"b":2,"c":[]}"#;
    assert_eq!(host.data(&bank, &users).unwrap(), text);
    let refused = host.patch_data(&bank, &name("none"), b"{}").unwrap_err();
    assert!(
        matches!(refused, HostError::UnknownDocument { .. }),
        "{refused}"
    );
    let refused = host.patch_data(&bank, &users, b"{").unwrap_err();
    assert!(matches!(refused, HostError::Document { .. }), "{refused}");
    drop(host);
    let host = start(folder.path());
    assert_eq!(host.data(&bank, &users).unwrap(), text);
    let list = host.data_list(&bank).unwrap();
    assert_eq!(list[0].bytes, text.len() as u64);
    assert_eq!(list[0].digest, lictor::Digest::of(text.as_bytes()));
    file_of(folder.path(), Shelf::Documents);
}

#[test]
fn patches_at_the_same_time_lose_nothing() {
    let (host, bank) = crate::fixture::bank();
    let counts = name("counts");
    host.put_data(&bank, counts.clone(), b"{}").unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (host, bank, counts) = (&host, &bank, &counts);
            scope.spawn(move || {
                for number in 0..50 {
                    let patch = format!(r#"{{"{thread}-{number}": {number}}}"#);
                    while let Err(HostError::DocumentBusy { .. }) =
                        host.patch_data(bank, counts, patch.as_bytes())
                    {}
                }
            });
        }
    });
    let text = host.data(&bank, &counts).unwrap();
    assert_eq!(text.matches(':').count(), 200);
}
