//! What many tenants with distinct components cost each of them: 1,000 against 10, with and without copy-on-write images.

use std::cell::Cell;
use std::hint::black_box;
use std::thread;

use lictor::{BindingSpec, Host, HostSettings, Request, TenantName, TenantSettings};
use lictor_engine::Settings;

use crate::components;
use crate::figure::{Figure, Target};
use crate::floor::Floor;
use crate::measure::{Plan, Subject, interleaved};
use crate::{fresh, machine};

/// How many times more it takes with many components than with few, on the floor: what caches and page tables cost before
/// there is anything of Lictor's.
struct FloorGrowth {
    zipf: f64,
    uniform: f64,
}

/// How many tenants few are.
const FEW: usize = 10;
/// Length of the prepared sequences of tenants.
const SEQUENCE: usize = 1 << 16;

/// Ways to set the engine up.
fn variations() -> Vec<(&'static str, Settings)> {
    let default = Settings::default();
    vec![
        ("as set by default", default.clone()),
        (
            "with copy-on-write images",
            Settings {
                image_bytes: 0,
                ..default.clone()
            },
        ),
        (
            "with copy-on-write images, a slot each",
            Settings {
                image_bytes: 0,
                slots: 512,
                warm_slots: 8_192,
                ..default
            },
        ),
    ]
}

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let many = if quick { 100 } else { 1_000 };
    let component = components::built(fresh::GUEST)?;
    let request = fresh::request()?;
    let (floor, mut figures) = grow_floor(quick, many, &component)?;
    for (number, (name, settings)) in variations().into_iter().enumerate() {
        // What is promised is promised of the defaults.
        let promised = number == 0;
        let varied = vary(quick, many, name, &settings, promised, &component, &request)?;
        if promised {
            figures.extend(against_floor(many, &varied, &floor));
        }
        figures.extend(varied);
    }
    Ok(figures)
}

/// Measures the floor with distinct components, as tenants have them.
fn grow_floor(
    quick: bool,
    many: usize,
    component: &[u8],
) -> anyhow::Result<(FloorGrowth, Vec<Figure>)> {
    let distinct: Vec<Vec<u8>> = (0..many)
        .map(|number| components::variant(component, number as u32))
        .collect();
    let few = Floor::of(distinct.get(..FEW).unwrap_or(&distinct))?;
    let all = Floor::of(&distinct)?;
    let few_uniform = Sequence::uniform(FEW);
    let (zipf, uniform) = (Sequence::zipf(many), Sequence::uniform(many));
    let timings = interleaved(
        Plan {
            warm_up: 400,
            ..Plan::of_microseconds(quick)
        },
        &mut [
            Subject::new("floor, 10 components", || {
                drop(black_box(few.evaluate_at(few_uniform.next())));
            }),
            Subject::new("floor, many components, Zipf", || {
                drop(black_box(all.evaluate_at(zipf.next())));
            }),
            Subject::new("floor, many components, uniform", || {
                drop(black_box(all.evaluate_at(uniform.next())));
            }),
        ],
    );
    let [few, zipf, uniform] = timings[..] else {
        anyhow::bail!("three subjects were measured");
    };
    let growth = FloorGrowth {
        zipf: zipf.p50 / few.p50,
        uniform: uniform.p50 / few.p50,
    };
    let figure = |what: &str, timing: crate::measure::Timing, ratio| {
        let name = format!("the floor with {many} components, {what}");
        Figure::new("tenants", name, ratio, Target::None)
            .value(format!("{} p50", timing.microseconds()))
            .against(format!("10 components {}", few.microseconds()))
    };
    let figures = vec![
        figure("Zipf", zipf, growth.zipf),
        figure("uniform", uniform, growth.uniform),
    ];
    Ok((growth, figures))
}

/// How much of the growth isn't the floor's.
fn against_floor(many: usize, varied: &[Figure], floor: &FloorGrowth) -> Vec<Figure> {
    let grown = [("Zipf", floor.zipf), ("uniform", floor.uniform)];
    let figures = grown.into_iter().zip(varied).map(|((what, floor), ours)| {
        let name =
            format!("{many} tenants, {what}: growth of a tenant's evaluation, of the floor's");
        Figure::new("tenants", name, ours.ratio / floor, Target::None)
            .value(format!("{:.2} times", ours.ratio))
            .against(format!("floor {floor:.2} times"))
    });
    figures.collect()
}

fn vary(
    quick: bool,
    many: usize,
    name: &str,
    settings: &Settings,
    promised: bool,
    component: &[u8],
    request: &Request,
) -> anyhow::Result<Vec<Figure>> {
    println!("  {name}: {settings:?}");
    let few = Hosted::new(FEW, settings, component)?;
    let before = Footprint::now();
    let all = Hosted::new(many, settings, component)?;
    let footprint = Footprint::now().since(&before);
    println!("  {many} tenants: {footprint}");

    let few_uniform = Sequence::uniform(FEW);
    let zipf = Sequence::zipf(many);
    let uniform = Sequence::uniform(many);
    let timings = interleaved(
        Plan {
            warm_up: 400,
            ..Plan::of_microseconds(quick)
        },
        &mut [
            Subject::new("10 tenants", || few.evaluate(few_uniform.next(), request)),
            Subject::new("many tenants, Zipf", || all.evaluate(zipf.next(), request)),
            Subject::new("many tenants, uniform", || {
                all.evaluate(uniform.next(), request)
            }),
        ],
    );
    let [few, zipf, uniform] = timings[..] else {
        return Ok(Vec::new());
    };
    let figure = |what: &str, timing: crate::measure::Timing, most: f64| {
        let target = if promised {
            Target::AtMost(most)
        } else {
            Target::None
        };
        Figure::new(
            "tenants",
            format!("{many} tenants, {what}, {name}"),
            timing.p50 / few.p50,
            target,
        )
        .value(format!("{} p50", timing.microseconds()))
        .against(format!("10 tenants {}", few.microseconds()))
    };
    Ok(vec![
        figure("Zipf", zipf, 1.3),
        figure("uniform", uniform, 3.0),
        Figure::new(
            "tenants",
            format!("{many} tenants, {name}: mappings of each"),
            footprint.mappings as f64 / many as f64,
            Target::None,
        )
        .value(footprint.to_string()),
    ])
}

/// A host with that many tenants, each with a component of its own.
struct Hosted {
    host: Host,
    tenants: Vec<TenantName>,
}

impl Hosted {
    fn new(count: usize, settings: &Settings, component: &[u8]) -> anyhow::Result<Self> {
        let settings = HostSettings {
            engine: settings.clone(),
            ..components::evaluating()
        };
        let host = Host::builder()
            .keyring(components::keyring()?)
            .settings(settings)
            .build()?;
        let tenants = (0..count)
            .map(|number| Ok(format!("tenant-{number}").parse()?))
            .collect::<anyhow::Result<Vec<TenantName>>>()?;
        let half = count / 2;
        let bind = |from: usize, to: usize| -> anyhow::Result<()> {
            for (number, tenant) in tenants.iter().enumerate().take(to).skip(from) {
                host.add_tenant(tenant, TenantSettings::default())?;
                let component = components::variant(component, number as u32);
                host.bind(
                    tenant,
                    BindingSpec::new(components::signed("three-questions", &component)?),
                )?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let other = scope.spawn(|| bind(0, half));
            bind(half, count)?;
            other
                .join()
                .unwrap_or_else(|_| anyhow::bail!("a binding panicked"))
        })?;
        Ok(Self { host, tenants })
    }

    fn evaluate(&self, tenant: usize, request: &Request) {
        if let Some(tenant) = self.tenants.get(tenant) {
            drop(black_box(self.host.evaluate(tenant, request)));
        }
    }
}

/// What the process takes of the system's bounded things.
struct Footprint {
    mappings: usize,
    descriptors: usize,
    resident_kib: u64,
}

impl Footprint {
    fn now() -> Self {
        Self {
            mappings: machine::mappings(),
            descriptors: machine::descriptors(),
            resident_kib: machine::status_kib("VmRSS"),
        }
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            mappings: self.mappings.saturating_sub(before.mappings),
            descriptors: self.descriptors.saturating_sub(before.descriptors),
            resident_kib: self.resident_kib.saturating_sub(before.resident_kib),
        }
    }
}

impl std::fmt::Display for Footprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mib = self.resident_kib / 1024;
        write!(
            f,
            "{} mappings, {} descriptors, {mib} MiB resident",
            self.mappings, self.descriptors
        )
    }
}

/// Which tenant comes next, decided ahead so that choosing costs nothing.
pub struct Sequence {
    tenants: Vec<u16>,
    at: Cell<usize>,
}

impl Sequence {
    /// Each as often as any other.
    pub fn uniform(count: usize) -> Self {
        let mut random = Random::new();
        Self::of(|| random.below(count as u64) as usize)
    }

    /// Popularity falls as one over the rank.
    pub fn zipf(count: usize) -> Self {
        let weights: Vec<f64> = (1..=count).map(|rank| 1.0 / rank as f64).collect();
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let shares: Vec<f64> = weights
            .iter()
            .map(|weight| {
                sum += weight / total;
                sum
            })
            .collect();
        let mut random = Random::new();
        Self::of(|| {
            let share = random.share();
            shares.partition_point(|sum| *sum < share).min(count - 1)
        })
    }

    fn of(mut choose: impl FnMut() -> usize) -> Self {
        let tenants = (0..SEQUENCE).map(|_| choose() as u16).collect();
        Self {
            tenants,
            at: Cell::new(0),
        }
    }

    /// The next one.
    pub fn next(&self) -> usize {
        let at = self.at.get();
        self.at.set((at + 1) % SEQUENCE);
        self.tenants.get(at).copied().unwrap_or_default().into()
    }
}

/// Numbers that look random and are the same in each run (splitmix64).
pub struct Random(u64);

impl Random {
    /// The one sequence that there is.
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// The next number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// The next number from 0 to 1.
    fn share(&mut self) -> f64 {
        self.bits() as f64 / u64::MAX as f64
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}
