//! What `wit-bindgen` makes of the contract in `wit/`. Must never be edited by hand; there is nothing to edit.
#![expect(missing_docs, reason = "generated")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "policy",
    pub_export_macro: true,
    export_macro_name: "export_evaluator",
});

pub use exports::lictor::policy::evaluator::Decision;

/// The interface of a prepared policy, as a world of its own, so that other policies don't export it.
pub mod prepared {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package lictor:sdk;
            world prepared { export lictor:policy/preparation@0.1.0; }
        ",
        pub_export_macro: true,
        export_macro_name: "export_preparation",
    });
}
