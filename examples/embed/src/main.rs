//! Serves the example on loopback until Ctrl-C.
//!
//! ```text
//! cargo run -p embed
//! curl -i -H 'x-agent: a-1' -H 'x-agent-role: support' http://127.0.0.1:8085/customers
//! curl -i -H 'x-agent: a-1' -H 'x-agent-role: support' -X POST http://127.0.0.1:8085/customers
//! ```

use anyhow::Context;
use lictor::Compiler;
use tokio::net::TcpListener;

fn main() -> anyhow::Result<()> {
    // Before anything else, threads included: this program is also what compiles policies, in a process of its own.
    lictor::compile_worker_if_asked();
    serve()
}

#[tokio::main]
async fn serve() -> anyhow::Result<()> {
    let compiler = Compiler::this_program().context("`main` lets this program compile")?;
    let (host, tenant) = embed::host(compiler)?;
    let listener = TcpListener::bind("127.0.0.1:8085").await?;
    axum::serve(listener, embed::service(host, tenant))
        .with_graceful_shutdown(async {
            // Without a handler for Ctrl-C there is nothing to wait for.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}
