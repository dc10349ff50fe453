//! Serves the example on loopback until Ctrl-C.
//!
//! ```text
//! cargo run -p embed
//! curl -i -H 'x-agent: a-1' -H 'x-agent-role: support' http://127.0.0.1:8085/customers
//! curl -i -H 'x-agent: a-1' -H 'x-agent-role: support' -X POST http://127.0.0.1:8085/customers
//! ```

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (host, tenant) = embed::host()?;
    let listener = TcpListener::bind("127.0.0.1:8085").await?;
    axum::serve(listener, embed::service(host, tenant))
        .with_graceful_shutdown(async {
            // Without a handler for Ctrl-C there is nothing to wait for.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}
