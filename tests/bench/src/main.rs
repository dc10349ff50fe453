//! The program: everything stands in the library, which the program that counts allocations uses as well.

fn main() -> anyhow::Result<()> {
    // This program is also what compiles the policies that it measures.
    lictor_engine::compile_worker_if_asked();
    lictor_bench::run()
}
