use super::*;

#[test]
fn names_are_those_of_a_policy_and_a_crate() {
    for good in ["a", "no-crypto", "spend-limit-2"] {
        assert_eq!(good.parse::<CrateName>().unwrap().as_str(), good);
    }
    let refused = [
        ("", "a policy name may not be empty"),
        (
            "2fast",
            "a crate's name begins with a letter, `2fast` doesn't",
        ),
        (
            "fn",
            "a crate can't have the name `fn`: it means something else already",
        ),
        (
            "lictor-sdk",
            "a crate can't have the name `lictor-sdk`: it means something else already",
        ),
    ];
    for (bad, message) in refused {
        assert_eq!(bad.parse::<CrateName>().unwrap_err().to_string(), message);
    }
    assert!("No".parse::<CrateName>().is_err());
}

#[test]
fn the_folders_name_is_the_policys() {
    let folder = tempfile::tempdir().unwrap();
    let spec = NewSpec::new(folder.path().join("deep/no-crypto"), None).unwrap();
    assert_eq!(spec.name().as_str(), "no-crypto");
    let spec = NewSpec::new(folder.path().join("Here"), Some("no-crypto")).unwrap();
    assert_eq!(spec.name().as_str(), "no-crypto");
    assert!(matches!(
        NewSpec::new("..".into(), None),
        Err(NewError::NoName(_))
    ));
}

#[test]
fn what_is_there_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    assert!(NewSpec::new(folder.path().into(), Some("empty")).is_ok());
    let file = folder.path().join("file");
    fs::write(&file, "precious").unwrap();
    for path in [folder.path(), &file] {
        let refused = NewSpec::new(path.into(), Some("a"));
        assert!(matches!(refused, Err(NewError::Occupied(_))));
    }
}

#[test]
fn no_placeholder_is_left_and_all_crates_are_there() {
    let name = "no-crypto".parse().unwrap();
    let files: Vec<_> = template::files(&name).collect();
    let text_of = |path: &str| {
        let found = files.iter().find(|(it, _)| it == Path::new(path));
        &found.unwrap_or_else(|| panic!("`{path}` is written")).1
    };
    for (path, text) in &files {
        assert!(!text.contains("{{name}}"), "{}", path.display());
    }
    assert!(text_of("Cargo.toml").contains("name = \"no-crypto\""));
    for path in [
        "sdk/rust/Cargo.toml",
        "sdk/rust/src/lib.rs",
        "host/policy/src/lib.rs",
        "wit/world.wit",
    ] {
        assert!(!text_of(&format!("vendor/{path}")).is_empty());
    }
}

/// What the vendored crates inherit must be what the project's workspace says, and no more.
#[test]
fn the_vendored_workspace_has_what_its_crates_inherit() {
    let name = "no-crypto".parse().unwrap();
    let files: Vec<_> = template::files(&name).collect();
    let read = |path: &str| -> toml::Table {
        let found = files.iter().find(|(it, _)| it == Path::new(path));
        found.unwrap().1.parse().unwrap()
    };
    let workspace = read("vendor/Cargo.toml")["workspace"]
        .as_table()
        .unwrap()
        .clone();
    let dependencies = workspace["dependencies"].as_table().unwrap();
    assert_eq!(
        dependencies["lictor-policy"]["path"].as_str(),
        Some("host/policy")
    );
    assert!(!dependencies.contains_key("wasmtime"));
    for manifest in [
        "vendor/host/policy/Cargo.toml",
        "vendor/sdk/rust/Cargo.toml",
    ] {
        for table in ["dependencies", "dev-dependencies"] {
            for (name, value) in read(manifest)[table].as_table().unwrap() {
                let inherits = value.get("workspace").is_some();
                assert!(!inherits || dependencies.contains_key(name), "{name}");
            }
        }
    }
}
