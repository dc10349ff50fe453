//! How wasmtime is set up: one place for every switch, each with its reason.

use lictor_policy::Limits;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, ModuleVersionStrategy, OperatorCost,
    PoolingAllocationConfig, VariableOperatorCost, WasmBacktraceDetails,
};

/// Core instances that one component may consist of. A Rust component uses 3, one from a dynamic language some dozens.
const CORE_INSTANCES_MAX: u32 = 64;
/// Linear memories of one component. Compiled languages use one, an interpreter with its adapters three.
const MEMORIES_MAX: u32 = 4;
/// Tables of one component.
const TABLES_MAX: u32 = 8;
/// Slots besides those of evaluations, for `check` and `prepare`, which may take seconds.
pub(crate) const SETUP_SLOTS: u32 = 4;
/// Bytes of a slot's memory that stay resident between evaluations, and of its tables.
const KEEP_RESIDENT_BYTES: usize = 1024 * 1024;
/// Unused slots without an image that keep the component that used them last, for all threads together. They differ only in
/// how long their memory is, so a few are enough to change that rarely, and few stay in the processor's caches.
const COPIED_WARM_SLOTS: u32 = 16;
/// What instance metadata may take, in bytes.
const INSTANCE_BYTES_MAX: usize = 1024 * 1024;

/// The revision of this file's settings that change compiled code.
const REVISION: &str = "r1";

/// How the memories of a component come by its data when an instance starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryStart {
    /// It is copied into them.
    Copied,
    /// They are copy-on-write images of it.
    Imaged,
}

/// What compiled code and fuel depend on besides the component: the engine's version and its settings.
pub fn fingerprint() -> String {
    format!("wasmtime-{}+{REVISION}", wasmtime_environ::VERSION)
}

/// The slots of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slots {
    /// Evaluations at once.
    pub(crate) evaluations: u32,
    /// Unused slots that keep the image of the component that used them last.
    pub(crate) warm: u32,
}

/// The configuration of wasmtime where guests run.
pub(crate) fn configure(slots: Slots, start: MemoryStart) -> wasmtime::Result<Config> {
    let mut config = compiling(start)?;
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(slots, start)));
    Ok(config)
}

/// The configuration of wasmtime where guests are only compiled: all that native code depends on, and no pool, which an
/// address-space limit would forbid. How instances are allocated doesn't affect native code.
pub(crate) fn compiling(start: MemoryStart) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    // Metering: fuel bounds the guest's work exactly, epochs bound its wall-clock time.
    config.consume_fuel(true);
    config.operator_cost(operator_cost());
    config.epoch_interruption(true);
    // Determinism: one bit pattern for every NaN.
    config.cranelift_nan_canonicalization(true);
    config.wasm_relaxed_simd(false);
    // Features that policies don't need are off, each having had its share of advisories.
    config.wasm_memory64(false);
    config.wasm_tail_call(false);
    config.wasm_custom_page_sizes(false);
    config.wasm_wide_arithmetic(false);
    config.wasm_extended_const(true);
    // What joins the modules of a composed component handles the memories of both sides, and compiling it panics without
    // this feature. The pool allows each module of a policy one memory.
    config.wasm_multi_memory(true);
    config.concurrency_support(false);
    // The host unwinds nothing through guests, and reports a trap by its kind.
    config.native_unwind_info(false);
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config.wasm_backtrace_max_frames(None);
    config.memory_init_cow(start == MemoryStart::Imaged);
    // Native code of another version or other settings is never run.
    config.module_version(ModuleVersionStrategy::Custom(fingerprint()))?;
    Ok(config)
}

/// What operators cost whose work depends on an operand. A page of memory is priced as the bytes that it makes the host
/// hand out: growing is free by default.
fn operator_cost() -> OperatorCost {
    let mut cost = OperatorCost::default();
    cost.variable = VariableOperatorCost {
        memory_grow_per_page: u8::MAX,
        table_grow_per_element: 1,
        ..cost.variable
    };
    cost
}

/// The pool: every instance comes from slots that were reserved at start, so that no evaluation maps memory.
///
/// Slots count evaluations in flight. Totals are the product of slots and what one component may have, so a component that
/// uses all it may can't take another's.
fn pool(slots: Slots, start: MemoryStart) -> PoolingAllocationConfig {
    let warm_slots = match start {
        MemoryStart::Copied => COPIED_WARM_SLOTS,
        MemoryStart::Imaged => slots.warm,
    };
    let slots = slots.evaluations.saturating_add(SETUP_SLOTS);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .max_component_instance_size(INSTANCE_BYTES_MAX)
        .max_core_instance_size(INSTANCE_BYTES_MAX)
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES_MAX))
        .max_memories_per_component(MEMORIES_MAX)
        .max_memories_per_module(1)
        .total_memories(slots.saturating_mul(MEMORIES_MAX))
        .max_memory_size(Limits::MEMORY_BYTES_MAX)
        .max_tables_per_component(TABLES_MAX)
        .max_tables_per_module(TABLES_MAX)
        .total_tables(slots.saturating_mul(TABLES_MAX))
        .table_elements(Limits::TABLE_ELEMENTS_MAX)
        .total_stacks(0)
        .max_unused_warm_slots(warm_slots)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_RESIDENT_BYTES)
        // Finds the pages that were written where the kernel can tell (Linux 6.7), so that resetting costs what was used.
        .pagemap_scan(Enabled::Auto);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_names_the_locked_version() {
        let lock = include_str!("../../../Cargo.lock");
        let version = fingerprint()
            .replace("wasmtime-", "")
            .replace(&format!("+{REVISION}"), "");
        assert!(
            lock.contains(&format!("name = \"wasmtime\"\nversion = \"{version}\"\n")),
            "{version}"
        );
    }
}
