//! What is refused at load, with the reason and the name of what is wrong.

use crate::row::{Meets, Row, run};

pub fn rows() -> Vec<Row> {
    let refused = |guest, code, says| Row::new(guest, Meets::Refusal(code, says));
    vec![
        refused(
            "import-sockets",
            "forbidden-import",
            "`wasi:sockets/network@0.2.6`",
        ),
        refused(
            "import-files",
            "forbidden-import",
            "`wasi:filesystem/types@0.2.6`",
        ),
        refused(
            "import-http",
            "forbidden-import",
            "`wasi:http/outgoing-handler@0.2.6`",
        ),
        refused(
            "import-unknown",
            "forbidden-import",
            "`vendor:product/secrets@1.0.0`",
        ),
        refused("import-plain-function", "forbidden-import", "`system`"),
        refused("import-module", "forbidden-import", "`code`"),
        refused("import-unknown-function", "imports", "`set`"),
        refused("import-other-type", "imports", "`now`"),
        refused(
            "import-contract-0-2",
            "contract-version",
            "`lictor:policy/request@0.2.0`",
        ),
        refused(
            "export-contract-0-2",
            "contract-version",
            "`lictor:policy/evaluator@0.2.0`",
        ),
        refused(
            "no-evaluator",
            "missing-export",
            "`lictor:policy/evaluator`",
        ),
        refused(
            "no-evaluate",
            "missing-export",
            "`lictor:policy/evaluator#evaluate`",
        ),
        refused(
            "evaluator-of-other-type",
            "missing-export",
            "`lictor:policy/evaluator#evaluate`",
        ),
        refused("needs-threads", "invalid", "threads must be enabled"),
        refused("needs-atomics", "invalid", "threads support is not enabled"),
        refused("needs-gc", "invalid", "gc"),
        refused("needs-externref", "invalid", "gc"),
        refused("needs-exceptions", "invalid", "exceptions"),
        refused("needs-memory64", "invalid", "memory64"),
        refused("needs-multi-memory", "invalid", "multiple memories"),
        refused("needs-memories-of-others", "invalid", "multiple memories"),
        refused("needs-tail-calls", "invalid", "tail calls"),
        refused("needs-relaxed-simd", "invalid", "relaxed SIMD"),
        refused(
            "needs-function-references",
            "invalid",
            "function references",
        ),
        refused("needs-wide-arithmetic", "invalid", "wide arithmetic"),
        refused("needs-custom-page-sizes", "invalid", "custom page sizes"),
        refused("needs-async-lift", "invalid", "async"),
        refused("needs-streams", "invalid", "async"),
        refused("needs-futures", "invalid", "async"),
        refused("too-many-instances", "invalid", "65 core module instances"),
        refused("too-many-memories", "invalid", "5 Wasm linear memories"),
        refused("too-many-tables", "invalid", "9 tables"),
        refused("ordinary", "too-large", "the limit is 100")
            .limits(|limits| limits.component_bytes = 100),
        refused(
            "ordinary",
            "too-many",
            "131072 bytes in a memory at its start, the limit is 131071",
        )
        .limits(|limits| limits.memory_bytes = 131_071),
        refused(
            "keep-state-in-table",
            "too-many",
            "elements in a table at its start, the limit is 3",
        )
        .limits(|limits| limits.table_elements = 3),
    ]
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    run(rows());
}
