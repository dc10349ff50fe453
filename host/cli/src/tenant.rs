//! `lictor tenant`: who is a tenant of a host, and what it may do.

use std::io::{self, Write};

use lictor::{
    BoundReport, DocumentLine, FailurePolicy, Reply, SettingsReport, TenantChange, TenantReport,
    Verb,
};

use crate::arguments::{
    OnFailure, RateChange, TenantArguments, TenantChangeArguments, TenantCommand,
    TenantListArguments, TenantRemoveArguments, TenantShowArguments,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::session::{self, Session};
use crate::terminal;

/// Does what was typed.
pub fn run(typed: &TenantArguments) -> Result<Exit, Failure> {
    match &typed.command {
        TenantCommand::Add(typed) => add(typed),
        TenantCommand::Set(typed) => set(typed),
        TenantCommand::Remove(typed) => remove(typed),
        TenantCommand::List(typed) => list(typed),
        TenantCommand::Show(typed) => show(typed),
    }
}

fn add(typed: &TenantChangeArguments) -> Result<Exit, Failure> {
    let verb = Verb::TenantAdd {
        tenant: typed.tenant.clone(),
        settings: change(typed),
    };
    let order = &typed.order;
    Session::open(&order.place)?.order(verb, &order.reason)?;
    let tenant = &typed.tenant;
    terminal::note(format_args!("`{tenant}` is a tenant"));
    Ok(Exit::Done)
}

fn set(typed: &TenantChangeArguments) -> Result<Exit, Failure> {
    let settings = change(typed);
    if settings == TenantChange::default() {
        let failure = Failure::new(Exit::Usage, "nothing is named that is to change");
        return Err(failure.hint("`lictor tenant set --help` lists what can be set"));
    }
    let verb = Verb::TenantSet {
        tenant: typed.tenant.clone(),
        settings,
    };
    let order = &typed.order;
    Session::open(&order.place)?.order(verb, &order.reason)?;
    let tenant = &typed.tenant;
    terminal::note(format_args!("the settings of `{tenant}` are changed"));
    Ok(Exit::Done)
}

fn change(typed: &TenantChangeArguments) -> TenantChange {
    let on_failure = typed.on_failure.map(|answer| match answer {
        OnFailure::Deny => FailurePolicy::Deny,
        OnFailure::Review => FailurePolicy::Review,
        OnFailure::LastGood => FailurePolicy::LastGood,
    });
    TenantChange {
        default_effect: typed.default_effect,
        on_failure,
        concurrency: typed.concurrency,
        data_bytes: typed.data_bytes,
        weight: typed.weight,
        rate: typed.rate.map(|RateChange(rate)| rate),
        agent_rate: typed.agent_rate.map(|RateChange(rate)| rate),
    }
}

fn remove(typed: &TenantRemoveArguments) -> Result<Exit, Failure> {
    let tenant = typed.tenant.clone();
    let order = &typed.order;
    Session::open(&order.place)?.order(Verb::TenantRemove { tenant }, &order.reason)?;
    let tenant = &typed.tenant;
    terminal::note(format_args!("`{tenant}` is no tenant any more"));
    Ok(Exit::Done)
}

fn list(typed: &TenantListArguments) -> Result<Exit, Failure> {
    let tenants = match Session::open(&typed.place)?.ask(Verb::TenantList {})? {
        Reply::Tenants { tenants } => tenants,
        reply => return Err(session::unexpected(&reply)),
    };
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &tenants).map_err(io::Error::from)?;
        writeln!(stdout)?;
        return Ok(Exit::Done);
    }
    for line in tenants {
        let policies = counted(line.bindings, "policy", "policies");
        let documents = counted(line.documents, "document", "documents");
        writeln!(stdout, "{}  {policies}, {documents}", line.tenant)?;
    }
    Ok(Exit::Done)
}

fn counted(count: usize, one: &str, more: &str) -> String {
    let noun = if count == 1 { one } else { more };
    format!("{} {noun}", grouped(count as u64))
}

fn show(typed: &TenantShowArguments) -> Result<Exit, Failure> {
    let tenant = typed.tenant.clone();
    let report = match Session::open(&typed.place)?.ask(Verb::TenantShow { tenant })? {
        Reply::Tenant(report) => report,
        reply => return Err(session::unexpected(&reply)),
    };
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &report).map_err(io::Error::from)?;
        writeln!(stdout)?;
    } else {
        write_report(&mut stdout, &report)?;
    }
    Ok(Exit::Done)
}

fn write_report(out: &mut impl Write, report: &TenantReport) -> io::Result<()> {
    writeln!(out, "{}", report.tenant)?;
    if let Some(settings) = &report.settings {
        write_settings(out, settings)?;
    }
    writeln!(out, "policies")?;
    for bound in &report.bindings {
        write_bound(out, bound)?;
    }
    writeln!(out, "documents")?;
    for DocumentLine { document, bytes } in &report.documents {
        let bytes = grouped(*bytes as u64);
        writeln!(out, "  {}  {bytes} bytes", document.as_str())?;
    }
    Ok(())
}

fn write_settings(out: &mut impl Write, settings: &SettingsReport) -> io::Result<()> {
    let on_failure = match settings.on_failure {
        FailurePolicy::Deny => "deny",
        FailurePolicy::Review => "review",
        FailurePolicy::LastGood => "last-good",
    };
    let bytes = grouped(settings.data_bytes as u64);
    writeln!(out, "  default effect  {}", settings.default_effect)?;
    writeln!(out, "  on failure      {on_failure}")?;
    writeln!(out, "  concurrency     {}", settings.concurrency)?;
    writeln!(out, "  data at most    {bytes} bytes")?;
    writeln!(out, "  weight          {}", settings.weight)?;
    for (what, rate) in [
        ("rate", settings.rate),
        ("rate of agents", settings.agent_rate),
    ] {
        if let Some(rate) = rate {
            writeln!(out, "  {what:<15} {rate}")?;
        }
    }
    Ok(())
}

fn write_bound(out: &mut impl Write, bound: &BoundReport) -> io::Result<()> {
    writeln!(out, "  {} {}", bound.policy, bound.version)?;
    writeln!(out, "    artifact  {}", bound.artifact)?;
    writeln!(out, "    revision  {}", bound.revision)
}
