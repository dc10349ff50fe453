//! Settings from a file of TOML, checked as a whole: everything that is wrong is told at once, each with its line.

mod admin;
mod clients;
mod envoy;
mod telemetry;

use std::fmt;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{Address, Callers, ServerSettings, TlsSettings, TrafficLimits};

/// A file as it is written. What isn't there has its default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    public: Option<Spanned<String>>,
    decisions: Decisions,
    traffic: Traffic,
    envoy: envoy::Envoy,
    admin: admin::Admin,
    clients: clients::Clients,
    log: telemetry::Log,
    traces: telemetry::Traces,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Decisions {
    listen: Option<Spanned<String>>,
    callers: Option<Spanned<String>>,
    certificate: Option<Spanned<PathBuf>>,
    key: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Traffic {
    connections: Option<Spanned<NonZeroU64>>,
    body_bytes: Option<Spanned<NonZeroU64>>,
    body_within_s: Option<Spanned<NonZeroU64>>,
    head_within_s: Option<Spanned<NonZeroU64>>,
    taken_within_s: Option<Spanned<NonZeroU64>>,
    stop_within_s: Option<Spanned<NonZeroU64>>,
}

/// What is wrong with a file of settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    /// Everything that is wrong, in the order of the file.
    pub wrong: Vec<Wrong>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// In which line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Wrong { line, message }) in self.wrong.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "line {line}: {message}")?;
        }
        Ok(())
    }
}

impl ServerSettings {
    /// Reads a file of TOML. What it doesn't name has its default.
    ///
    /// # Errors
    /// It is no TOML, names something that there isn't, or a value can't be used. All of the latter are told together.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().to_owned();
            SettingsError {
                wrong: vec![wrong(text, at, message)],
            }
        })?;
        let mut reader = Reader {
            text,
            wrong: Vec::new(),
        };
        let settings = reader.settings(file);
        if reader.wrong.is_empty() {
            return Ok(settings);
        }
        reader.wrong.sort_by_key(|it| it.line);
        Err(SettingsError {
            wrong: reader.wrong,
        })
    }
}

fn wrong(text: &str, at: usize, message: String) -> Wrong {
    let before = text.get(..at).unwrap_or(text);
    let line = 1 + before.matches('\n').count();
    Wrong { line, message }
}

/// Makes settings of a file, and remembers what is wrong.
struct Reader<'a> {
    text: &'a str,
    wrong: Vec<Wrong>,
}

impl Reader<'_> {
    fn settings(&mut self, file: File) -> ServerSettings {
        let default = ServerSettings::default();
        let decisions = file.decisions;
        let tls = self.tls(decisions.certificate, decisions.key);
        let listen = decisions.listen.as_ref();
        let address = listen.and_then(|it| self.read(it, |text| text.parse()));
        let listen_at = address.unwrap_or(default.listen);
        let callers = decisions.callers.as_ref();
        let callers = callers.and_then(|it| self.read(it, callers_of));
        let public = file.public.as_ref();
        let settings = ServerSettings {
            callers: callers.unwrap_or(default.callers),
            tls,
            public: public.and_then(|it| self.read(it, public_of)),
            traffic: self.traffic(&file.traffic),
            envoy: self.envoy(&file.envoy),
            admin: self.admin(file.admin),
            clients: self.clients(file.clients),
            log: self.log(&file.log),
            traces: self.traces(&file.traces),
            listen: listen_at,
        };
        if let Some(listen) = listen {
            self.check_open(listen, &settings.listen, settings.tls.is_some());
        }
        settings
    }

    /// Tokens and requests that go over a network in the clear are everybody's.
    fn check_open(&mut self, listen: &Spanned<String>, address: &Address, is_encrypted: bool) {
        if address.is_local() || is_encrypted {
            return;
        }
        let message = "others than this machine would reach it without encryption: name a `certificate` and a `key`, or listen on loopback or a Unix socket behind a proxy";
        self.refuse(listen, message);
    }

    fn tls(
        &mut self,
        certificate: Option<Spanned<PathBuf>>,
        key: Option<Spanned<PathBuf>>,
    ) -> Option<TlsSettings> {
        match (certificate, key) {
            (Some(certificate), Some(key)) => Some(TlsSettings {
                certificate: certificate.into_inner(),
                key: key.into_inner(),
            }),
            (Some(certificate), None) => {
                self.refuse(&certificate, "a certificate needs its `key`");
                None
            }
            (None, Some(key)) => {
                self.refuse(&key, "a key needs its `certificate`");
                None
            }
            (None, None) => None,
        }
    }

    fn traffic(&mut self, file: &Traffic) -> TrafficLimits {
        let default = TrafficLimits::default();
        let mut seconds = |given: &Option<Spanned<NonZeroU64>>, default: Duration| {
            let given = given.as_ref().and_then(|it| self.within(it, 86_400));
            given.map_or(default, Duration::from_secs)
        };
        TrafficLimits {
            body_within: seconds(&file.body_within_s, default.body_within),
            head_within: seconds(&file.head_within_s, default.head_within),
            taken_within: seconds(&file.taken_within_s, default.taken_within),
            stop_within: seconds(&file.stop_within_s, default.stop_within),
            connections: self.count(&file.connections, 1_000_000, default.connections),
            body_bytes: self.count(&file.body_bytes, 64 << 20, default.body_bytes),
        }
    }

    fn count(&mut self, given: &Option<Spanned<NonZeroU64>>, max: u64, default: usize) -> usize {
        let given = given.as_ref().and_then(|it| self.within(it, max));
        given.map_or(default, |it| usize::try_from(it).unwrap_or(usize::MAX))
    }

    fn within(&mut self, given: &Spanned<NonZeroU64>, max: u64) -> Option<u64> {
        let number = given.get_ref().get();
        if number <= max {
            return Some(number);
        }
        self.refuse(given, format!("at most {max} can be set"));
        None
    }

    fn read<T>(
        &mut self,
        given: &Spanned<String>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match read(given.get_ref()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.refuse(given, message);
                None
            }
        }
    }

    fn refuse<T>(&mut self, given: &Spanned<T>, message: impl Into<String>) {
        let wrong = wrong(self.text, given.span().start, message.into());
        self.wrong.push(wrong);
    }
}

fn callers_of(text: &str) -> Result<Callers, String> {
    match text {
        "tokens" => Ok(Callers::Tokens),
        "anyone" => Ok(Callers::Anyone),
        _ => Err(format!("`{text}` is neither `tokens` nor `anyone`")),
    }
}

/// AuthZEN 1.0 wants `https`, and no query or fragment.
fn public_of(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").unwrap_or_default();
    let is_plain = |it: char| it.is_ascii_graphic() && !matches!(it, '?' | '#' | '"' | '\\' | '@');
    if host.is_empty() || host.ends_with('/') || !host.chars().all(is_plain) {
        return Err(format!(
            "`{text}` is no public address: it begins with `https://`, ends without a slash and has no query"
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{AdminSettings, ClientSettings, LogFormat, LogSettings, TraceSettings};

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(
            ServerSettings::parse("").unwrap(),
            ServerSettings::default()
        );
    }

    #[test]
    fn everything_can_be_set() {
        let settings = ServerSettings::parse(
            r#"
            public = "https://pdp.example.com/lictor"
            [decisions]
            listen = "0.0.0.0:8443"
            callers = "anyone"
            certificate = "host.pem"
            key = "host.key"
            [traffic]
            connections = 10
            body_bytes = 20
            body_within_s = 1
            head_within_s = 2
            taken_within_s = 3
            stop_within_s = 4
            [admin]
            listen = "unix:/run/lictor/admin.sock"
            certificate = "admin.pem"
            key = "admin.key"
            connections = 5
            body_bytes = 6
            [log]
            format = "json"
            level = "debug"
            [traces]
            endpoint = "http://[::1]:4318/v1/traces"
            one_in = 7
            "#,
        )
        .unwrap();
        let expected = ServerSettings {
            listen: "0.0.0.0:8443".parse().unwrap(),
            callers: Callers::Anyone,
            tls: Some(TlsSettings {
                certificate: "host.pem".into(),
                key: "host.key".into(),
            }),
            public: Some("https://pdp.example.com/lictor".to_owned()),
            traffic: TrafficLimits {
                connections: 10,
                body_bytes: 20,
                body_within: Duration::from_secs(1),
                head_within: Duration::from_secs(2),
                taken_within: Duration::from_secs(3),
                stop_within: Duration::from_secs(4),
            },
            envoy: Vec::new(),
            admin: AdminSettings {
                listen: "unix:/run/lictor/admin.sock".parse().unwrap(),
                tls: Some(TlsSettings {
                    certificate: "admin.pem".into(),
                    key: "admin.key".into(),
                }),
                connections: 5,
                body_bytes: 6,
            },
            // Their own tests set them.
            clients: ClientSettings::default(),
            log: LogSettings {
                format: LogFormat::Json,
                level: tracing_subscriber::filter::LevelFilter::DEBUG,
            },
            traces: Some(TraceSettings {
                endpoint: "http://[::1]:4318/v1/traces".to_owned(),
                one_in: 7.try_into().unwrap(),
            }),
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_line() {
        let text = "public = \"http://a\"\n[decisions]\nlisten = \"nowhere\"\ncallers = \"me\"\nkey = \"a\"\n[traffic]\nbody_bytes = 99999999999\n";
        let error = ServerSettings::parse(text).unwrap_err();
        let lines: Vec<usize> = error.wrong.iter().map(|it| it.line).collect();
        assert_eq!(lines, [1, 3, 4, 5, 7], "{error}");
    }

    #[test]
    fn wrong_syntax_and_wrong_names_have_their_line() {
        for (text, line) in [
            ("[decisions]\nlisten 5", 2),
            ("\n\n[decision]\n", 3),
            ("[traffic]\nconnections = 0", 2),
            ("[traffic]\nconnections = -1", 2),
            ("[decisions]\nlisten = 8181", 2),
        ] {
            let error = ServerSettings::parse(text).unwrap_err();
            assert_eq!(error.wrong.len(), 1);
            assert_eq!(error.wrong[0].line, line, "{text}: {error}");
        }
    }

    #[test]
    fn nothing_goes_over_a_network_in_the_clear() {
        for door in ["decisions", "admin"] {
            let text = format!("[{door}]\nlisten = \"0.0.0.0:80\"");
            let error = ServerSettings::parse(&text).unwrap_err();
            assert!(error.to_string().contains("line 2: others"), "{error}");
        }
    }
}
