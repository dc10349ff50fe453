//! A line to a server that breaks where a test wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Where a line breaks, in bytes.
#[derive(Clone, Copy)]
pub enum Break {
    /// Each connection, once so many bytes have come from the server.
    DownEach(usize),
    /// The first connection, once so many bytes were sent to the server.
    UpFirst(usize),
    /// All connections, and for good, once so many bytes were sent to the server in all.
    UpForGood(usize),
}

pub struct Line {
    pub authority: String,
    pub down: Arc<AtomicUsize>,
    pub up: Arc<AtomicUsize>,
}

impl Line {
    /// A line to `server`, which lives as long as the test's runtime.
    pub async fn to(server: &str, breaks: Break) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let (down, up) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (server, counts) = (server.to_owned(), (down.clone(), up.clone()));
        let mut breaks = breaks;
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, (down, up)) = (server.clone(), counts.clone());
                tokio::spawn(async move {
                    drop(carry(client, &server, breaks, &down, &up).await);
                });
                if let Break::UpFirst(_) = breaks {
                    breaks = Break::UpForGood(usize::MAX);
                }
            }
        });
        Self {
            authority,
            down,
            up,
        }
    }
}

async fn carry(
    mut client: TcpStream,
    server: &str,
    breaks: Break,
    down: &AtomicUsize,
    up: &AtomicUsize,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let (mut down_here, mut up_here) = (0, 0);
    let (mut from_client, mut from_server) = (vec![0; 4_096], vec![0; 4_096]);
    loop {
        let up_left = match breaks {
            Break::UpFirst(most) => most - up_here,
            Break::UpForGood(most) => most.saturating_sub(up.load(Ordering::SeqCst)),
            Break::DownEach(_) => usize::MAX,
        };
        let down_left = match breaks {
            Break::DownEach(most) => most - down_here,
            _ => usize::MAX,
        };
        if up_left == 0 || down_left == 0 {
            return Ok(());
        }
        tokio::select! {
            read = client.read(&mut from_client) => {
                let count = read?.min(up_left);
                if count == 0 {
                    return Ok(());
                }
                server.write_all(&from_client[..count]).await?;
                up_here += count;
                up.fetch_add(count, Ordering::SeqCst);
            }
            read = server.read(&mut from_server) => {
                let count = read?.min(down_left);
                if count == 0 {
                    return Ok(());
                }
                client.write_all(&from_server[..count]).await?;
                down_here += count;
                down.fetch_add(count, Ordering::SeqCst);
            }
        }
    }
}
