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
/// Compilations at once. One of them uses all processors where it can.
pub(crate) const COMPILATIONS: u32 = 1;
/// Bytes of a slot's memory that stay resident between evaluations, and of its tables.
const KEEP_RESIDENT_BYTES: usize = 1024 * 1024;
/// Unused slots without an image that keep the component that used them last, for all threads together. They differ only in
/// how long their memory is, so a few are enough to change that rarely, and few stay in the processor's caches.
const COPIED_WARM_SLOTS: u32 = 16;
/// What instance metadata may take, in bytes.
const INSTANCE_BYTES_MAX: usize = 1024 * 1024;

/// The revision of this file's settings that change compiled code.
const REVISION: &str = "r1";

/// What an operator may set about the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many evaluations may be in flight at once. Default 64; each reserves address space, not memory.
    pub slots: u32,
    /// From how many bytes on a component's memories start as copy-on-write images of its data; those of a smaller component
    /// get its data copied. Default 256 KiB.
    ///
    /// Copying is quicker where there is little to copy, most of all for a host with many tenants: a slot that served
    /// another component before needs no system call (the benchmark `tenants` measures both). Interpreters bring megabytes
    /// of data, of which an evaluation touches little.
    pub image_bytes: usize,
    /// How many unused slots keep the image of the component that used them last. Default 256.
    pub warm_slots: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            slots: 64,
            image_bytes: 256 * 1024,
            warm_slots: 256,
        }
    }
}

/// How the memories of a component come by its data when an instance starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryStart {
    /// It is copied into them.
    Copied,
    /// They are copy-on-write images of it.
    Imaged,
}

impl Settings {
    /// How the memories of a component of that many bytes start.
    pub(crate) fn memory_start(&self, component_bytes: usize) -> MemoryStart {
        if component_bytes < self.image_bytes {
            MemoryStart::Copied
        } else {
            MemoryStart::Imaged
        }
    }
}

/// What compiled code and fuel depend on besides the component: the engine's version and its settings.
pub fn fingerprint() -> String {
    format!("wasmtime-{}+{REVISION}", wasmtime_environ::VERSION)
}

/// The configuration of wasmtime.
pub(crate) fn configure(settings: &Settings, start: MemoryStart) -> wasmtime::Result<Config> {
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
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings, start)));
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
fn pool(settings: &Settings, start: MemoryStart) -> PoolingAllocationConfig {
    let warm_slots = match start {
        MemoryStart::Copied => COPIED_WARM_SLOTS,
        MemoryStart::Imaged => settings.warm_slots,
    };
    let slots = settings.slots.saturating_add(SETUP_SLOTS);
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
