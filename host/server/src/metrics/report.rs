//! What is read from the host when somebody asks for it.

use std::fmt;

use lictor::{
    CONTRACT_VERSION, CircuitState, Host, PairCounts, Reach, RolloutStatus, SlotUse, Stage,
};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// A host, as a source of metrics.
#[derive(Debug)]
pub(super) struct HostReport(pub(super) Host);

impl Collector for HostReport {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        let Self(host) = self;
        of_host(host, &mut page)?;
        of_admission(host, &mut page)?;
        of_recall(host, &mut page)?;
        of_pools(host, &mut page)?;
        of_breakers(host, &mut page)?;
        of_rollouts(&host.rollouts_running(), &mut page)
    }
}

fn of_host(host: &Host, page: &mut Page<'_>) -> fmt::Result {
    let status = host.status();
    let built = [
        ("version", status.version.as_str()),
        ("contract", CONTRACT_VERSION),
    ];
    page.gauges("build_info", "What this host was built of", [(built, 1.0)])?;
    page.gauge("tenants", "Tenants of the host", status.tenants as f64)?;
    page.gauge(
        "suspensions",
        "Agents, tenants and policies that are suspended",
        status.suspensions as f64,
    )?;
    page.gauge(
        "troubles",
        "What an operator has to look at; `lictor status` tells what",
        status.troubles.len() as f64,
    )?;
    page.gauge(
        "keyring_version",
        "The version of the keyring; 0 where nobody is trusted",
        status.keyring.unwrap_or(0) as f64,
    )?;
    page.count(
        "records_lost",
        "Records that found no room and are gone",
        status.records_lost,
    )
}

fn of_admission(host: &Host, page: &mut Page<'_>) -> fmt::Result {
    let report = host.admission_report();
    let (counts, shed, limited) = (
        &report.counts,
        report.counts.shed,
        report.counts.rate_limited,
    );
    page.count(
        "admitted",
        "Calls that were given an evaluator",
        counts.admitted,
    )?;
    let refused = [
        ("tenant-busy", counts.tenant_busy),
        ("queue-full", counts.queue_full),
        ("overloaded", counts.overloaded),
    ];
    page.counts(
        "not_admitted",
        "Calls refused because something was full",
        refused.map(|(why, count)| ([("code", why)], count)),
    )?;
    let shed = [
        ("low", shed.low),
        ("normal", shed.normal),
        ("high", shed.high),
        ("critical", shed.critical),
    ];
    page.counts(
        "shed",
        "Calls refused after they had waited, or to make room",
        shed.map(|(priority, count)| ([("priority", priority)], count)),
    )?;
    let limited = [
        ("agent", limited.agent),
        ("tenant", limited.tenant),
        ("host", limited.host),
    ];
    page.counts(
        "rate_limited",
        "Calls refused because a rate was used up, by whose",
        limited.map(|(scope, count)| ([("scope", scope)], count)),
    )?;
    let by_priority = |value: fn(&lictor::PriorityReport) -> f64| {
        report
            .priorities
            .iter()
            .map(move |it| ([("priority", it.priority.as_str())], value(it)))
    };
    page.gauges(
        "queue_waiting",
        "Calls that wait for an evaluator thread",
        by_priority(|it| it.waiting as f64),
    )?;
    page.gauges(
        "queue_oldest_seconds",
        "How long the oldest of them has waited",
        by_priority(|it| it.oldest.as_secs_f64()),
    )?;
    let SlotUse {
        total,
        taken,
        waiting,
    } = report.slots;
    let slots = [
        ("taken", f64::from(taken)),
        ("free", f64::from(total - taken)),
    ];
    page.gauges(
        "slots",
        "Places for evaluations",
        slots.map(|(state, count)| ([("state", state)], count)),
    )?;
    page.gauge(
        "slots_waiting",
        "Threads of callers that wait for a place",
        waiting as f64,
    )
}

fn of_recall(host: &Host, page: &mut Page<'_>) -> fmt::Result {
    let report = host.recall_report();
    let counts = report.counts;
    let lookups = [("hit", counts.hits), ("miss", counts.misses)];
    page.counts(
        "recall_lookups",
        "Policies that were looked for in memory",
        lookups.map(|(result, count)| ([("result", result)], count)),
    )?;
    page.count(
        "recall_unrecallable",
        "Of the misses, those that no memory could have answered",
        counts.unrecallable,
    )?;
    page.count(
        "recall_forgotten",
        "Remembered decisions that were forgotten to make room",
        counts.forgotten,
    )?;
    page.gauge(
        "recall_bytes",
        "Bytes of all that is remembered",
        report.bytes as f64,
    )?;
    page.count(
        "recall_proved",
        "Recalled decisions that were evaluated again and came out the same",
        report.proved,
    )?;
    page.count(
        "recall_contradictions",
        "How often a policy was found to decide otherwise than it did",
        report.contradictions,
    )
}

fn of_pools(host: &Host, page: &mut Page<'_>) -> fmt::Result {
    let used = host.engine().pool_use();
    page.gauge(
        "pool_instances",
        "Components that are instantiated",
        used.instances as f64,
    )?;
    page.gauge(
        "pool_memories",
        "Memories of components that are in use",
        used.memories as f64,
    )?;
    page.gauge(
        "pool_kept_bytes",
        "Bytes that are kept for memories that nobody uses now",
        used.kept_bytes as f64,
    )
}

fn of_breakers(host: &Host, page: &mut Page<'_>) -> fmt::Result {
    let tenants = host.tenants();
    // A tenant that goes meanwhile has none.
    let breakers = tenants
        .iter()
        .filter_map(|tenant| host.breakers(tenant).ok())
        .flatten();
    let open = breakers.filter(|it| it.state != CircuitState::Closed || it.subjects_cut_off > 0);
    page.gauge(
        "breakers_open",
        "Policies that aren't run for a tenant, or for some of its subjects, because they faulted",
        open.count() as f64,
    )
}

fn of_rollouts(rollouts: &[RolloutStatus], page: &mut Page<'_>) -> fmt::Result {
    let of = |value: fn(&RolloutStatus) -> f64| {
        rollouts.iter().map(move |it| {
            (
                [
                    ("tenant", it.tenant.as_str()),
                    ("rollout", it.rollout.as_str()),
                ],
                value(it),
            )
        })
    };
    page.gauges(
        "rollout_phase",
        "The phase that a rollout is in, counted from 1; 0 before the first",
        of(|it| phase(it) as f64),
    )?;
    page.gauges(
        "rollout_percent",
        "The share of subjects that meet the candidate",
        of(percent),
    )?;
    page.gauges(
        "rollout_paused",
        "1 where a rollout is paused or waits for a person",
        of(|it| f64::from(u8::from(it.paused || it.waits))),
    )?;
    page.gauges(
        "rollout_dropped_pairs",
        "Requests that were not compared because too many were waiting",
        of(|it| it.dropped as f64),
    )?;
    let pairs = rollouts.iter().flat_map(|it| {
        let labels = |class| {
            [
                ("tenant", it.tenant.as_str()),
                ("rollout", it.rollout.as_str()),
                ("class", class),
            ]
        };
        classes(&it.total).map(|(class, count)| (labels(class), count as f64))
    });
    page.gauges(
        "rollout_pairs",
        "Requests that both versions decided, by how the decisions differed",
        pairs,
    )
}

fn phase(status: &RolloutStatus) -> usize {
    match status.stage {
        Stage::Phase(number) => number + 1,
        _ => 0,
    }
}

fn percent(status: &RolloutStatus) -> f64 {
    let Stage::Phase(number) = status.stage else {
        return 0.0;
    };
    match status.plan.phases().get(number).map(|it| &it.reach) {
        Some(Reach::Canary { percent, .. }) => *percent,
        _ => 0.0,
    }
}

fn classes(counts: &PairCounts) -> [(&'static str, u64); 5] {
    [
        ("same", counts.same),
        ("reworded", counts.reworded),
        ("tightened", counts.tightened),
        ("loosened", counts.loosened),
        ("faulted", counts.faulted),
    ]
}

/// Where metrics are written.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.begin(name, help, MetricType::Gauge)?
            .encode_gauge(&value)
    }

    fn gauges<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result {
        let mut metric = self.begin(name, help, MetricType::Gauge)?;
        values
            .into_iter()
            .try_for_each(|(labels, value)| metric.encode_family(&labels)?.encode_gauge(&value))
    }

    fn count(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.begin(name, help, MetricType::Counter)?
            .encode_counter::<NoLabelSet, _, u64>(&value, None)
    }

    fn counts<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let mut metric = self.begin(name, help, MetricType::Counter)?;
        values.into_iter().try_for_each(|(labels, value)| {
            metric
                .encode_family(&labels)?
                .encode_counter::<NoLabelSet, _, u64>(&value, None)
        })
    }

    fn begin<'s>(
        &'s mut self,
        name: &'s str,
        help: &'s str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error> {
        self.0.encode_descriptor(name, help, None, kind)
    }
}
