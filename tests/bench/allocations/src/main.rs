//! Prints how many heap allocations so many recalled decisions make.

use anyhow::Context;
use lictor_bench::Recalled;

fn main() -> anyhow::Result<()> {
    lictor_engine::compile_worker_if_asked();
    let count = std::env::args()
        .nth(1)
        .context("how many decisions?")?
        .parse()?;
    let recalled = Recalled::new()?;
    let counted = allocation_counter::measure(|| recalled.decide(count));
    println!("{}", counted.count_total);
    Ok(())
}
