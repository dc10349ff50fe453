//! The compile worker of the tests, whose own `main` isn't theirs.

fn main() {
    lictor_engine::compile_worker()
}
