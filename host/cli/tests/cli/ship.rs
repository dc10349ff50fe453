//! Keys, signatures, registries and state through the command line: a policy's way from its author to a host, and each refusal
//! by its name.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::server::Server;
use super::{lictor, scratch};

/// A folder in which commands are run.
struct Desk {
    folder: PathBuf,
}

/// How a command ended and what it wrote.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Desk {
    fn new(name: &str) -> Self {
        let folder = scratch().join("ship").join(name);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        let desk = Self { folder };
        let component = wat::parse_str(r#"(component (@custom "note" "hello"))"#).unwrap();
        fs::write(desk.path("tiny-1.0.0.wasm"), component).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = lictor();
        command
            .args(line.split_whitespace())
            .current_dir(&self.folder)
            .env("USER", "olga")
            .env("DOCKER_CONFIG", &self.folder);
        command
    }

    fn run(&self, line: &str) -> Said {
        said(self.command(line).output().unwrap())
    }

    fn with_stdin(&self, line: &str, stdin: &[u8]) -> Said {
        use std::io::Write;
        let mut command = self.command(line);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin).unwrap();
        said(child.wait_with_output().unwrap())
    }

    /// What a command that succeeds prints, without the line break.
    fn ok(&self, line: &str) -> String {
        let said = self.run(line);
        assert_eq!(said.code, 0, "{line}\n{}{}", said.out, said.err);
        said.out.trim_end().to_owned()
    }

    /// A command that ends with this code and says this.
    fn fails(&self, line: &str, code: i32, with: &str) {
        let said = self.run(line);
        assert_eq!(said.code, code, "{line}\n{}{}", said.out, said.err);
        assert!(said.err.contains(with), "{line}\n{}", said.err);
    }

    fn key(&self, name: &str) -> String {
        self.ok(&format!("keys new {name}.key"))
    }

    /// A host that trusts `author` for `bank`, as `operator` says; gives the author's id.
    fn founded(name: &str) -> (Self, String) {
        let desk = Self::new(name);
        let author = desk.key("author");
        desk.key("operator");
        desk.ok(&format!(
            "keys trust {author} --owner alice --tenants bank --first --state state --key operator.key"
        ));
        (desk, author)
    }
}

fn said(output: std::process::Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

const CHANGE: &str = "--state state --key operator.key";

// --- Keys

#[test]
fn a_new_key_is_its_owners_alone_and_never_shown() {
    let desk = Desk::new("key");
    let said = desk.run("keys new author.key");
    let id = said.out.trim_end();
    assert!(id.starts_with("ed25519:") && id.len() == 72, "{id}");
    let file = desk.path("author.key");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let pem = fs::read_to_string(&file).unwrap();
    let secret = pem.lines().nth(1).unwrap();
    assert!(!said.out.contains(secret) && !said.err.contains(secret));
    assert_eq!(desk.ok("keys export author.key"), id);
    let piped = desk.with_stdin("keys export -", pem.as_bytes());
    assert_eq!(piped.out.trim_end(), id);
    desk.fails("keys new author.key", 3, "`author.key` is there already");
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        pem,
        "it is not replaced"
    );
}

#[test]
fn a_key_that_others_can_read_signs_nothing() {
    let desk = Desk::new("open-key");
    desk.key("author");
    let open = fs::Permissions::from_mode(0o640);
    fs::set_permissions(desk.path("author.key"), open).unwrap();
    desk.fails("sign tiny-1.0.0.wasm --key author.key", 3, "has mode 640");
    desk.fails("keys export author.key", 3, "set it to 600");
    assert!(!desk.path("tiny-1.0.0.signed.wasm").exists());
}

#[test]
fn a_passphrase_comes_from_a_file_and_opens_the_key() {
    let desk = Desk::new("passphrase");
    for (name, text) in [("right", "correct horse\n"), ("wrong", "battery staple\n")] {
        fs::write(desk.path(name), text).unwrap();
        fs::set_permissions(desk.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let id = desk.ok("keys new author.key --passphrase-file right");
    let opened = desk.ok("keys export author.key --passphrase-file right");
    assert_eq!(opened, id);
    let piped = desk.with_stdin(
        "keys export author.key --passphrase-file -",
        b"correct horse",
    );
    assert_eq!(piped.out.trim_end(), id);
    desk.fails("keys export author.key", 3, "under a passphrase");
    let wrong = "keys export author.key --passphrase-file wrong";
    desk.fails(wrong, 3, "the passphrase doesn't open the key");
    assert!(!desk.run(wrong).err.contains("battery"));
    desk.fails(
        "sign tiny-1.0.0.wasm --key - --passphrase-file -",
        2,
        "standard input can hold one secret",
    );
    fs::set_permissions(desk.path("right"), fs::Permissions::from_mode(0o644)).unwrap();
    desk.fails(
        "keys export author.key --passphrase-file right",
        3,
        "the passphrase file `right` has mode 644",
    );
}

// --- Signing and verifying

#[test]
fn what_is_signed_is_verified_and_every_refusal_names_its_check() {
    let (desk, author) = Desk::founded("verify");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key --not-after 2100-01-01");
    assert_eq!(file, "tiny-1.0.0.signed.wasm");
    let verify = format!("verify {file} --tenant bank --state state");
    let verified = desk.ok(&verify);
    for part in ["tiny 1.0.0", "`bank`", &author, "alice", "2100-01-01"] {
        assert!(verified.contains(part), "{part} in {verified}");
    }
    let json: Value = serde_json::from_str(&desk.ok(&format!("{verify} --json"))).unwrap();
    assert_eq!(json["verdict"], "verified");
    assert_eq!(json["keys"][0]["key"], author.as_str());
    assert_eq!(json["until_unix_ms"], 4_102_444_800_000_u64);

    let late = format!("{verify} --at 2100-01-02");
    desk.fails(
        &late,
        4,
        "(expired): the artifact was valid until 2100-01-01",
    );
    let other = format!("verify {file} --tenant shop --state state");
    desk.fails(&other, 4, "(other-tenant)");
    desk.fails(
        "verify tiny-1.0.0.wasm --tenant bank --state state",
        4,
        "isn't signed",
    );

    desk.key("stranger");
    desk.ok("sign tiny-1.0.0.wasm --key stranger.key -o strange.wasm");
    let strange = "verify strange.wasm --tenant bank --state state";
    desk.fails(strange, 4, "(unknown-keys)");
    let said = desk.run(&format!("{strange} --json"));
    let json: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &json["check"]), (4, &"unknown-keys".into()));

    desk.ok(&format!("keys threshold 2 --tenant bank {CHANGE}"));
    desk.fails(
        &verify,
        4,
        "(threshold): 2 keys must sign for this tenant, 1 did",
    );
    desk.ok(&format!("keys threshold 1 --tenant bank {CHANGE}"));
    desk.ok(&format!("keys revoke {author} {CHANGE}"));
    desk.fails(&verify, 4, "(revoked-key)");
}

#[test]
fn a_flipped_byte_is_named_by_what_it_breaks() {
    let (desk, _) = Desk::founded("flipped");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    let whole = fs::read(desk.path(&file)).unwrap();
    let after = |part: &str| {
        let mut places = whole.windows(part.len());
        places.position(|it| it == part.as_bytes()).unwrap() + part.len()
    };
    let mut places = vec![(0, "`flipped.wasm` is refused")];
    places.push((after("hel"), "(component): the component's sha256 digest"));
    places.push((after("payload\":\"") + 40, "the signature section"));
    places.push((after("\"sig\":\"") + 10, "(bad-signature)"));
    for (at, says) in places {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(desk.path("flipped.wasm"), bytes).unwrap();
        desk.fails("verify flipped.wasm --tenant bank --state state", 4, says);
    }
}

#[test]
fn signing_asks_what_it_cannot_know_and_adds_to_what_is_signed() {
    let desk = Desk::new("sign");
    let (first, second) = (desk.key("first"), desk.key("second"));
    fs::copy(desk.path("tiny-1.0.0.wasm"), desk.path("mine.wasm")).unwrap();
    desk.fails(
        "sign mine.wasm --key first.key",
        2,
        "nothing says which policy",
    );
    desk.ok("sign mine.wasm --key first.key --policy own --version 2.0.0 --fuel 5000 -o a.wasm");
    desk.fails(
        "sign a.wasm --key second.key --fuel 6",
        2,
        "`--fuel` can't be given",
    );
    assert_eq!(desk.ok("sign a.wasm --key second.key"), "a.wasm");
    let text = fs::read(desk.path("a.wasm")).unwrap();
    desk.ok("sign a.wasm --key second.key");
    assert_eq!(
        fs::read(desk.path("a.wasm")).unwrap(),
        text,
        "a key signs once"
    );
    desk.fails("sign absent.wasm --key first.key", 3, "can't be read");
    fs::write(desk.path("text-1.0.0.wasm"), "(component)").unwrap();
    desk.fails(
        "sign text-1.0.0.wasm --key first.key",
        4,
        "WebAssembly text",
    );
    fs::write(
        desk.path("schema.json"),
        "{\"$ref\": \"https://example.org/s\"}",
    )
    .unwrap();
    desk.fails(
        "sign mine.wasm --key first.key --policy own --version 2.0.0 --schema schema.json",
        3,
        "the schema in `schema.json` is refused",
    );
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(!text.contains("BEGIN"), "no key in the file");
    for id in [first, second] {
        assert!(text.contains(&id["ed25519:".len()..]), "{id} signed it");
    }
}

// --- Whom a host trusts

#[test]
fn a_change_needs_keys_that_the_keyring_trusts_for_it() {
    let (desk, author) = Desk::founded("changes");
    let bob = desk.key("bob");
    let trust = format!("keys trust {bob} --owner bob --tenants bank --state state");
    desk.fails(
        &format!("{trust} --key author.key"),
        4,
        "key doesn't sign keyrings",
    );
    desk.fails(
        &format!("{trust} --key operator.key --first"),
        3,
        "has a keyring already",
    );
    desk.ok(&format!(
        "{trust} --key operator.key --policies tiny --until 2090-01-01 --why joined"
    ));
    let listed = desk.ok("keys list --state state");
    for part in [
        "version 2",
        "alice",
        "olga",
        "tenants bank; policies tiny; until 2090",
    ] {
        assert!(listed.contains(part), "{part} in {listed}");
    }
    let operator = desk.ok("keys export operator.key");
    desk.fails(
        &format!("keys revoke {operator} {CHANGE}"),
        3,
        "nobody could change who is trusted",
    );
    desk.fails(
        &format!("keys revoke nonsense {CHANGE}"),
        2,
        "neither a key",
    );

    let new = desk.key("new");
    desk.ok(&format!("keys rotate {author} {new} {CHANGE}"));
    desk.ok("sign tiny-1.0.0.wasm --key author.key -o old.wasm");
    desk.ok("sign tiny-1.0.0.wasm --key new.key -o new.wasm");
    let at = "--tenant bank --state state --at 2099-01-01";
    desk.fails(&format!("verify old.wasm {at}"), 4, "(expired-key)");
    desk.ok(&format!("verify new.wasm {at}"));
    desk.ok(&format!("keys revoke {author} {CHANGE}"));
    desk.fails(
        &format!("keys trust {author} --owner alice --tenants bank {CHANGE}"),
        3,
        "is revoked, and stays so",
    );
    let journal =
        fs::read_to_string(desk.path(&desk.ok("state export --state state -o out"))).unwrap();
    assert!(journal.contains("\"why\":\"joined\"") && journal.contains("\"by\":\"olga\""));
    let keyring = desk.ok("keys list --state state --json");
    fs::write(desk.path("keyring.json"), keyring + "\n").unwrap();
    desk.ok("verify new.wasm --tenant bank --keyring keyring.json");
    fs::write(desk.path("keyring.json"), "{}").unwrap();
    desk.fails("keys list --keyring keyring.json", 3, "neither a keyring");
}

#[test]
fn going_back_takes_an_operators_word_and_works_once() {
    let (desk, author) = Desk::founded("rollback");
    let first = desk.ok("keys list --state state --json");
    fs::write(desk.path("first.json"), &first).unwrap();
    desk.ok(&format!(
        "keys trust {author} --owner alice --tenants bank,shop {CHANGE}"
    ));
    // The first keyring again, as a signed change.
    let other = Desk::new("rollback-other");
    for key in ["author.key", "operator.key"] {
        fs::copy(desk.path(key), other.path(key)).unwrap();
    }
    other.ok(&format!(
        "keys trust {author} --owner alice --tenants bank --first --output old.json {CHANGE}"
    ));
    fs::copy(other.path("old.json"), desk.path("old.json")).unwrap();
    let install = "keys install old.json --state state";
    desk.fails(install, 4, "needs an operator's signed rollback");
    desk.ok("keys allow-rollback --from 2 --to-keyring first.json --until 2100-01-01 --key operator.key -o back.json");
    desk.ok(&format!("{install} --rollback back.json"));
    assert_eq!(desk.ok("keys list --state state --json"), first);
    desk.ok(&format!(
        "keys trust {author} --owner alice --tenants bank,shop {CHANGE}"
    ));
    desk.fails(
        &format!("{install} --rollback back.json"),
        4,
        "the rollback was used already",
    );
    desk.fails(
        "keys allow-rollback --from 2 --to 1.0.0 --until 2100-01-01 --key operator.key -o x.json",
        2,
        "--tenant",
    );
}

#[test]
fn a_lower_version_needs_an_operators_word() {
    let (desk, _) = Desk::founded("lower");
    desk.ok("sign tiny-1.0.0.wasm --key author.key --version 2.0.0 -o high.wasm");
    desk.ok("sign tiny-1.0.0.wasm --key author.key -o low.wasm");
    // What a host does that installs it.
    let file = fs::read(desk.path("high.wasm")).unwrap();
    let high = lictor::Fetched::parse(file, 1 << 20).unwrap();
    let now = lictor_state::Now {
        wall: lictor::UnixMs(1_700_000_000_000),
        monotonic: std::time::Duration::ZERO,
    };
    let store = lictor::Store::open(&desk.path("state")).unwrap();
    let mut trust = lictor_state::Trust::open(store, now).unwrap();
    let bank = "bank".parse().unwrap();
    let verified = trust.verify(&high, &bank, now, None).unwrap();
    trust.admit(&verified, &high, now, None, "test").unwrap();
    drop(trust);

    let verify = "verify low.wasm --tenant bank --state state";
    desk.fails(
        verify,
        4,
        "(lower-version): version 2.0.0 was seen and this is 1.0.0",
    );
    let later = format!("{verify} --at 2090-01-01");
    desk.fails(&later, 4, "(lower-version)");
    let allow = "keys allow-rollback --tenant bank --policy tiny --from 2.0.0 --until 2100-01-01";
    desk.ok(&format!(
        "{allow} --to 1.0.0 --key operator.key -o back.json"
    ));
    let verified = desk.ok(&format!("{verify} --rollback back.json"));
    assert!(
        verified.contains("which the rollback allows once"),
        "{verified}"
    );
    desk.ok(&format!(
        "{allow} --to 1.5.0 --key operator.key -o other.json"
    ));
    desk.fails(
        &format!("{verify} --rollback other.json"),
        4,
        "(other-rollback)",
    );
    desk.ok(&format!(
        "{allow} --to 1.0.0 --key author.key -o forged.json"
    ));
    let forged = format!("{verify} --rollback forged.json");
    desk.fails(&forged, 4, "key doesn't sign keyrings");
    let keyring = format!("{verify} --rollback low.wasm");
    desk.fails(&keyring, 3, "neither a keyring nor a rollback");
}

#[test]
fn one_file_founds_many_hosts_and_revocations_travel_as_files() {
    let desk = Desk::new("many");
    let author = desk.key("author");
    let (_, _) = (desk.key("olga"), desk.key("otto"));
    desk.ok(&format!(
        "keys trust {author} --owner alice --tenants bank --first --state a --key olga.key --key otto.key -o first.json"
    ));
    assert!(!desk.path("a").exists(), "nothing is changed yet");
    for host in ["a", "b"] {
        desk.ok(&format!("keys install first.json --state {host} --first"));
    }
    desk.fails(
        "keys install first.json --state a --first",
        3,
        "has a keyring already",
    );
    let bare = desk.ok("keys list --state a --json");
    fs::write(desk.path("bare.json"), bare).unwrap();
    desk.fails(
        "keys install bare.json --state a",
        3,
        "is no signed keyring",
    );
    desk.fails(
        "keys cosign bare.json --key olga.key",
        3,
        "without signatures",
    );

    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    let verify = |host: &str| format!("verify {file} --tenant bank --state {host}");
    let json: Value = serde_json::from_str(&desk.ok(&format!("{} --json", verify("a")))).unwrap();
    for (member, flag, check) in [
        ("component", "--component", "(revoked-component)"),
        ("artifact", "", "(revoked-artifact)"),
    ] {
        let digest = json[member].as_str().unwrap();
        desk.ok(&format!(
            "keys revoke {digest} {flag} --state a --key otto.key -o revoke.json"
        ));
        for host in ["a", "b"] {
            desk.ok(&format!("keys install revoke.json --state {host}"));
            desk.fails(&verify(host), 4, check);
        }
    }
    desk.fails(
        "keys install revoke.json --state a",
        4,
        "needs an operator's signed rollback",
    );
    desk.fails(
        &format!("keys revoke {author} --component --state a --key otto.key"),
        2,
        "and not a key",
    );

    desk.ok("keys threshold 2 --updates --state b --key olga.key");
    desk.ok("keys allow-rollback --from 4 --to-keyring first.json --until 2100-01-01 --key olga.key -o back.json");
    let back = "keys install first.json --state b --rollback back.json";
    desk.fails(back, 4, "2 keys must sign a rollback, 1 did");
    desk.ok("keys cosign back.json --key otto.key");
    desk.ok("keys cosign first.json --key otto.key");
    desk.ok(back);
    desk.ok(&verify("b"));
}

// --- State

#[test]
fn a_state_is_checked_exported_and_taken_in_again() {
    let (desk, _) = Desk::founded("state");
    let checked: Value =
        serde_json::from_str(&desk.ok("state check --state state --json")).unwrap();
    assert_eq!(checked["changes"], 1);
    let text = desk.run("state export --state state").out;
    let taken = desk.with_stdin("state import - --state copy", text.as_bytes());
    assert_eq!(taken.code, 0, "{}", taken.err);
    assert_eq!(desk.run("state export --state copy").out, text);
    fs::write(desk.path("out.jsonl"), &text).unwrap();
    desk.fails("state import out.jsonl --state copy", 3, "already");
    fs::write(desk.path("cut.jsonl"), &text[..text.len() / 2]).unwrap();
    desk.fails(
        "state import cut.jsonl --state third",
        3,
        "of the export is refused",
    );
    desk.fails("state check --state third", 3, "there is no state");
    desk.fails("state check --state absent", 3, "can't be used");
    desk.fails("keys list --state absent", 3, "`absent`");
}

#[test]
fn a_damaged_state_and_a_held_one_are_refused() {
    let (desk, _) = Desk::founded("damaged");
    let held = lictor::Store::open(&desk.path("state")).unwrap();
    let holder = format!("held by process {}", std::process::id());
    for line in ["state check --state state", "keys list --state state"] {
        desk.fails(line, 6, &holder);
    }
    desk.fails(&format!("keys threshold 1 --updates {CHANGE}"), 6, &holder);
    drop(held);
    desk.ok("state check --state state");
    let file = desk.path("state/state.redb");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 3]).unwrap();
    desk.fails("state check --state state", 3, "is damaged");
    desk.fails("keys list --state state", 3, "is damaged");
}

// --- Registries

#[test]
fn a_directory_registry_keeps_versions_and_gives_them_by_digest() {
    let desk = Desk::new("registry");
    desk.key("author");
    desk.fails("push tiny-1.0.0.wasm dir:reg#tiny", 4, "isn't signed");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    let pinned = desk.ok(&format!("push {file} dir:reg#tiny"));
    assert!(pinned.starts_with("dir:reg#tiny@sha256:"), "{pinned}");
    assert_eq!(desk.ok(&format!("push {file} dir:reg#tiny:1.0.0")), pinned);
    desk.fails(
        &format!("push {file} dir:reg#tiny:2.0.0"),
        4,
        "signed as version 1.0.0",
    );
    desk.fails(
        &format!("push {file} dir:reg#other"),
        4,
        "signed as the policy `tiny`",
    );
    desk.fails(&format!("push {file} https://x"), 2, "names no registry");
    desk.ok("sign tiny-1.0.0.wasm --key author.key --version 1.0.0 --fuel 7 -o other.wasm");
    desk.fails("push other.wasm dir:reg#tiny", 3, "is taken by other bytes");
    desk.ok("sign tiny-1.0.0.wasm --key author.key --version 1.10.0 -o later.wasm");
    desk.ok("push later.wasm dir:reg#tiny");
    assert_eq!(desk.ok("versions dir:reg#tiny"), "1.0.0\n1.10.0");
    assert_eq!(
        desk.ok("versions dir:reg#tiny --json"),
        r#"["1.0.0","1.10.0"]"#
    );

    let by_digest = format!("pull {pinned} -o by-digest.wasm");
    desk.ok(&by_digest);
    let pushed = fs::read(desk.path(&file)).unwrap();
    assert_eq!(fs::read(desk.path("by-digest.wasm")).unwrap(), pushed);
    let said = desk.run("pull dir:reg#tiny:1.0.0 --cache cache");
    assert_eq!((said.code, said.out.as_str()), (0, "tiny-1.0.0.wasm\n"));
    assert!(said.err.contains("nobody has verified it"), "{}", said.err);
    desk.fails("pull dir:reg#tiny:3.0.0", 3, "is not there");

    // Whoever may write in the registry's folder may swap its versions, and is found out.
    desk.ok("push other.wasm dir:reg#tiny --replace");
    damage(&desk.path("reg"));
    desk.fails("pull dir:reg#tiny:1.10.0 -o damaged.wasm", 4, "");
    assert!(!desk.path("damaged.wasm").exists());
}

/// Flips a bit of every blob.
fn damage(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            damage(&path);
        } else if path.parent().unwrap().ends_with("sha256") {
            let mut bytes = fs::read(&path).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            fs::write(&path, bytes).unwrap();
        }
    }
}

#[test]
fn a_real_registry_is_asked_with_dockers_credentials_and_not_needed_afterwards() {
    let Some(server) = Server::start(true) else {
        return;
    };
    let desk = Desk::new("oci");
    desk.key("author");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    let repository = format!("oci://{}/team/tiny", server.authority);
    let push = format!("push {file} {repository}:1.0.0");
    desk.fails(&push, 3, "wants other credentials");
    // `someone:pass`, as `docker login` writes it.
    let config = serde_json::json!({"auths": {&server.authority: {"auth": "c29tZW9uZTpwYXNz"}}});
    fs::write(desk.path("config.json"), config.to_string()).unwrap();
    let pushed = desk.run(&push);
    assert_eq!(pushed.code, 0, "{}", pushed.err);
    let told = pushed.out.clone() + &pushed.err;
    assert!(
        !told.contains("pass") && !told.contains("c29tZW9"),
        "{told}"
    );
    let pinned = pushed.out.trim_end();
    assert!(
        pinned.starts_with(&format!("{repository}@sha256:")),
        "{pinned}"
    );
    assert_eq!(desk.ok(&format!("versions {repository}")), "1.0.0");
    let pull = format!("pull {repository}:1.0.0 --cache cache");
    desk.ok(&pull);
    let bytes = fs::read(desk.path(&file)).unwrap();
    assert_eq!(fs::read(desk.path("tiny-1.0.0.wasm")).unwrap(), bytes);

    drop(server);
    desk.ok(&format!("pull {pinned} --cache cache -o pinned.wasm"));
    assert_eq!(fs::read(desk.path("pinned.wasm")).unwrap(), bytes);
    desk.fails(&pull, 6, "can't be reached");
    let offline = desk.run(&format!("{pull} --offline -o offline.wasm"));
    assert_eq!(offline.code, 0, "{}", offline.err);
    assert!(
        offline.err.contains("when it was last asked for"),
        "{}",
        offline.err
    );
}

// --- The whole way

/// Two operators of whom both must agree, an author, a registry, and a host elsewhere that decides with what it pulled.
pub fn from_author_to_host(component: &Path) {
    let author = Desk::new("story-author");
    let host = Desk::new("story-host");
    let id = author.key("author");
    let (_, _) = (host.key("olga"), host.key("otto"));
    host.ok(&format!(
        "keys trust {id} --owner alice --tenants bank --first --state state --key olga.key --key otto.key"
    ));
    host.ok("keys threshold 2 --updates --state state --key olga.key --why four-eyes");

    let named = component.file_name().unwrap();
    fs::copy(component, author.path(named.to_str().unwrap())).unwrap();
    let file = author.ok(&format!("sign {} --key author.key", named.display()));
    let registry = format!("dir:{}#actions", host.path("registry").display());
    author.ok(&format!("push {file} {registry}"));

    let version = host.ok(&format!("versions {registry}"));
    let pulled = host.ok(&format!("pull {registry}:{version}"));
    let inspected = host.ok(&format!("inspect {pulled}"));
    assert!(inspected.contains("nobody has verified this") && inspected.contains(&id));
    let json: Value = serde_json::from_str(&host.ok(&format!("inspect {pulled} --json"))).unwrap();
    assert_eq!(json["signed"]["verified"], false);
    assert_eq!(json["signed"]["manifest"]["policy"], "actions");
    let verify = format!("verify {pulled} --tenant bank --state state");
    host.ok(&verify);
    let decided = host.run(&format!("eval {pulled} purchase.json"));
    assert_eq!(decided.code, 3, "no request is there yet: {}", decided.err);
    let request = r#"{"subject": {"type": "a", "id": "b"}, "action": {"name": "c"}, "resource": {"type": "d", "id": "e"}}"#;
    let decided = host.with_stdin(&format!("eval {pulled}"), request.as_bytes());
    assert!(
        decided.out.starts_with("deny"),
        "{}{}",
        decided.out,
        decided.err
    );

    let revoke = format!("keys revoke {id} --state state");
    host.fails(
        &format!("{revoke} --key olga.key"),
        4,
        "1 more key must sign",
    );
    host.ok(&verify);
    host.ok(&format!("{revoke} --key olga.key --output revoke.json"));
    host.fails(
        "keys install revoke.json --state state",
        4,
        "1 more key must sign",
    );
    host.ok("keys cosign revoke.json --key otto.key");
    host.ok("keys install revoke.json --state state");
    host.fails(&verify, 4, "(revoked-key)");
}
