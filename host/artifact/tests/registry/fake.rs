//! A registry that is made up: it keeps to the protocol, except where a test tells it what to answer instead.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lictor_artifact::registry::Sha256Digest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::image::Image;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Manifest,
    Config,
    Layer,
    /// A blob that is not there, yet.
    Blob,
    Tags,
    Token,
    Upload,
    Other,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub kind: Kind,
    /// How many of this kind came before.
    pub nth: usize,
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// One answer.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

pub enum Body {
    Whole(Vec<u8>),
    /// Without saying how long it is.
    Unsized(Vec<u8>),
    /// The connection ends after so many bytes.
    Cut(Vec<u8>, usize),
    /// Spaces without end.
    Endless,
    /// A space now and then, without end.
    Drip,
    /// No answer at all, and the connection stays.
    Silence,
    /// Something that isn't HTTP.
    Noise,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Whole(body.into()),
        }
    }

    pub fn of(body: Body) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body,
        }
    }

    pub fn to(location: &str) -> Self {
        Self::new(307, "").header("Location", location)
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

type Tamper = dyn Fn(&Asked, &Image) -> Option<Reply> + Send + Sync;

pub struct Fake {
    pub authority: String,
    pub image: Image,
    inner: Arc<Inner>,
}

struct Inner {
    image: Image,
    tamper: Box<Tamper>,
    log: Mutex<Vec<Asked>>,
    sent: Mutex<u64>,
    upload: Mutex<Vec<u8>>,
    blobs: Mutex<Vec<Sha256Digest>>,
}

impl Fake {
    /// Lives as long as the test's runtime. What `tamper` answers goes before what is right.
    pub async fn start(
        image: &Image,
        tls: Option<TlsAcceptor>,
        tamper: impl Fn(&Asked, &Image) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let inner = Arc::new(Inner {
            image: image.clone(),
            tamper: Box::new(tamper),
            log: Mutex::default(),
            sent: Mutex::default(),
            upload: Mutex::default(),
            blobs: Mutex::default(),
        });
        let shared = inner.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (inner, tls) = (shared.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => drop(inner.serve(stream).await),
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                drop(inner.serve(stream).await);
                            }
                        }
                    }
                });
            }
        });
        Self {
            authority,
            image: image.clone(),
            inner,
        }
    }

    pub fn log(&self) -> Vec<Asked> {
        self.inner.log.lock().unwrap().clone()
    }

    pub fn count(&self, kind: Kind) -> usize {
        self.log().iter().filter(|asked| asked.kind == kind).count()
    }

    /// How many bytes of bodies were sent.
    pub fn sent(&self) -> u64 {
        *self.inner.sent.lock().unwrap()
    }
}

impl Inner {
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, mut stream: S) -> io::Result<()> {
        let Some(asked) = self.read(&mut stream).await? else {
            return Ok(());
        };
        let tampered = (self.tamper)(&asked, &self.image);
        let reply = tampered.unwrap_or_else(|| self.honest(&asked));
        self.write(&mut stream, &asked, reply).await?;
        stream.shutdown().await
    }

    async fn read<S: AsyncRead + Unpin>(&self, stream: &mut S) -> io::Result<Option<Asked>> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(None);
            }
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let mut first = lines.next().unwrap().split(' ');
        let (method, path) = (first.next().unwrap(), first.next().unwrap());
        let headers: BTreeMap<_, _> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers
            .get("content-length")
            .map_or(0, |text| text.parse().unwrap());
        let mut body = bytes.split_off(end + 4);
        while body.len() < length {
            if stream.read_buf(&mut body).await? == 0 {
                return Ok(None);
            }
        }
        let kind = self.kind(path);
        let mut log = self.log.lock().unwrap();
        let nth = log.iter().filter(|asked| asked.kind == kind).count();
        let (method, path) = (method.to_owned(), path.to_owned());
        let asked = Asked {
            kind,
            nth,
            method,
            path,
            headers,
            body,
        };
        log.push(asked.clone());
        Ok(Some(asked))
    }

    fn kind(&self, path: &str) -> Kind {
        let has = |digest: Sha256Digest| path.contains(&digest.to_string());
        match path {
            _ if path.contains("/manifests/") => Kind::Manifest,
            _ if path.contains("/uploads/") => Kind::Upload,
            _ if path.contains("/tags/") => Kind::Tags,
            _ if path.starts_with("/token") => Kind::Token,
            _ if has(Sha256Digest::of(&self.image.config)) => Kind::Config,
            _ if has(Sha256Digest::of(&self.image.layer)) => Kind::Layer,
            _ if path.contains("/blobs/") => Kind::Blob,
            _ => Kind::Other,
        }
    }

    fn honest(&self, asked: &Asked) -> Reply {
        let stored = |path: &str| {
            let known = self.blobs.lock().unwrap();
            known
                .iter()
                .any(|digest| path.contains(&digest.to_string()))
        };
        match (asked.kind, asked.method.as_str()) {
            (Kind::Manifest, "PUT") => Reply::new(201, "").header("Location", "/"),
            (Kind::Manifest, _)
                if asked.path.ends_with("/1.0.0") || asked.path.contains("sha256:") =>
            {
                Reply::new(200, self.image.manifest.clone())
                    .header("Docker-Content-Digest", &self.image.digest.to_string())
            }
            (Kind::Config, _) => ranged(asked, &self.image.config),
            (Kind::Layer, _) => ranged(asked, &self.image.layer),
            (Kind::Blob, _) if stored(&asked.path) => Reply::new(200, ""),
            (Kind::Tags, _) => {
                Reply::new(200, r#"{"name": "team/spend-limit", "tags": ["1.0.0"]}"#)
            }
            (Kind::Token, _) => Reply::new(200, r#"{"token": "of-the-service"}"#),
            (Kind::Upload, method) => self.upload(method, asked),
            _ => Reply::new(404, ""),
        }
    }

    fn upload(&self, method: &str, asked: &Asked) -> Reply {
        let mut upload = self.upload.lock().unwrap();
        let location = "/v2/team/spend-limit/blobs/uploads/1?state=1";
        let so_far = |length: usize| format!("0-{}", length.saturating_sub(1));
        match method {
            "POST" => upload.clear(),
            "GET" => {
                let range = so_far(upload.len());
                return Reply::new(204, "")
                    .header("Location", location)
                    .header("Range", &range);
            }
            "PATCH"
                if asked
                    .header("content-range")
                    .starts_with(&format!("{}-", upload.len())) =>
            {
                upload.extend_from_slice(&asked.body);
            }
            "PATCH" => return Reply::new(416, ""),
            "PUT" => {
                let digest = Sha256Digest::of(&upload);
                let wanted = asked.path.replace("%3A", ":");
                if !wanted.contains(&digest.to_string()) {
                    return Reply::new(
                        400,
                        r#"{"errors": [{"code": "DIGEST_INVALID", "message": "no"}]}"#,
                    );
                }
                self.blobs.lock().unwrap().push(digest);
                return Reply::new(201, "").header("Location", location);
            }
            _ => return Reply::new(405, ""),
        }
        Reply::new(202, "")
            .header("Location", location)
            .header("Range", &so_far(upload.len()))
    }

    async fn write<S: AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        asked: &Asked,
        reply: Reply,
    ) -> io::Result<()> {
        let length = match &reply.body {
            Body::Whole(bytes) | Body::Cut(bytes, _) => Some(bytes.len()),
            Body::Unsized(_) | Body::Endless | Body::Drip => None,
            Body::Silence => std::future::pending().await,
            Body::Noise => {
                return stream
                    .write_all(b"\0\0 no registry lives here \r\n\r\n")
                    .await;
            }
        };
        let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
        for (name, value) in &reply.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if let Some(length) = length.filter(|_| reply.status != 204) {
            head += &format!("Content-Length: {length}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await?;
        if asked.method == "HEAD" {
            return Ok(());
        }
        match reply.body {
            Body::Whole(bytes) | Body::Unsized(bytes) => self.send(stream, &bytes).await,
            Body::Cut(bytes, at) => self.send(stream, &bytes[..at]).await,
            Body::Endless => loop {
                self.send(stream, &[b' '; 16 * 1024]).await?;
            },
            _ => loop {
                self.send(stream, b" ").await?;
                tokio::time::sleep(Duration::from_millis(5)).await;
            },
        }
    }

    async fn send<S: AsyncWrite + Unpin>(&self, stream: &mut S, bytes: &[u8]) -> io::Result<()> {
        stream.write_all(bytes).await?;
        *self.sent.lock().unwrap() += bytes.len() as u64;
        stream.flush().await
    }
}

/// The bytes, or those that were asked for.
pub fn ranged(asked: &Asked, bytes: &[u8]) -> Reply {
    let from = asked
        .header("range")
        .strip_prefix("bytes=")
        .and_then(|range| range.strip_suffix('-'));
    match from.and_then(|from| from.parse::<usize>().ok()) {
        Some(from) if from < bytes.len() => {
            let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
            Reply::new(206, &bytes[from..]).header("Content-Range", &range)
        }
        Some(_) => Reply::new(416, ""),
        None => Reply::new(200, bytes),
    }
}
