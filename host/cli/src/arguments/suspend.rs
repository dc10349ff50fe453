//! What suspending and lifting take.

use clap::{Args, Subcommand};
use lictor::{PolicyName, SuspensionTarget, TenantName, UnixMs};

use super::moment;
use super::operate::{HostPlaceArguments, OrderArguments};

/// What `suspend` takes.
#[derive(Debug, Args)]
pub struct SuspendArguments {
    /// What to suspend.
    #[command(subcommand)]
    pub command: SuspendCommand,
}

/// What can be suspended.
#[derive(Debug, Subcommand)]
pub enum SuspendCommand {
    /// Suspend an agent: its requests are denied
    #[command(after_long_help = "Examples:
  lictor suspend agent agent-7 --tenant bank --why 'key stolen' --state state
  lictor suspend agent agent-7 --until 2026-02-01 --state state")]
    Agent(SuspendAgentArguments),

    /// Suspend a tenant: all its requests are denied
    Tenant(SuspendTenantArguments),

    /// Suspend a policy: it isn't run, and its tenant's failure policy answers for it
    ///
    /// In whichever version, a rollout's candidate included. Where the failure policy is the last good version, the answer is
    /// deny. A policy of `base` is suspended for every tenant, and the answer is deny.
    Policy(SuspendPolicyArguments),
}

/// What `suspend agent` takes.
#[derive(Debug, Args)]
pub struct SuspendAgentArguments {
    /// Who.
    #[command(flatten)]
    pub agent: AgentArguments,

    /// Until when.
    #[command(flatten)]
    pub end: EndArguments,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// What `suspend tenant` takes.
#[derive(Debug, Args)]
pub struct SuspendTenantArguments {
    /// Which
    #[arg(value_name = "TENANT")]
    pub tenant: TenantName,

    /// Until when.
    #[command(flatten)]
    pub end: EndArguments,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// What `suspend policy` takes.
#[derive(Debug, Args)]
pub struct SuspendPolicyArguments {
    /// Which.
    #[command(flatten)]
    pub policy: NamedPolicyArguments,

    /// Until when.
    #[command(flatten)]
    pub end: EndArguments,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// An agent.
#[derive(Debug, Args)]
pub struct AgentArguments {
    /// The id of the subject
    #[arg(value_name = "AGENT")]
    pub agent: String,

    /// The tenant within which that is [default: all tenants]
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<TenantName>,
}

/// A policy of a tenant.
#[derive(Debug, Args)]
pub struct NamedPolicyArguments {
    /// Which
    #[arg(value_name = "POLICY")]
    pub policy: PolicyName,

    /// The tenant, or `base` for the operator's layer, which every tenant gets
    #[arg(long, value_name = "TENANT")]
    pub tenant: TenantName,
}

/// Until when something is suspended.
#[derive(Debug, Args)]
pub struct EndArguments {
    /// When it ends by itself: a time such as 2026-01-31T12:00:00Z, a date, or milliseconds since 1970 [default: when it is lifted]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<UnixMs>,
}

/// What `unsuspend` takes.
#[derive(Debug, Args)]
pub struct UnsuspendArguments {
    /// What to lift.
    #[command(subcommand)]
    pub command: UnsuspendCommand,
}

/// What can be lifted.
#[derive(Debug, Subcommand)]
pub enum UnsuspendCommand {
    /// Lift the suspension of an agent, as it was given: within a tenant, or in all
    Agent(UnsuspendAgentArguments),

    /// Lift the suspension of a tenant
    Tenant(UnsuspendTenantArguments),

    /// Lift the suspension of a policy
    Policy(UnsuspendPolicyArguments),
}

/// What `unsuspend agent` takes.
#[derive(Debug, Args)]
pub struct UnsuspendAgentArguments {
    /// Who.
    #[command(flatten)]
    pub agent: AgentArguments,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// What `unsuspend tenant` takes.
#[derive(Debug, Args)]
pub struct UnsuspendTenantArguments {
    /// Which
    #[arg(value_name = "TENANT")]
    pub tenant: TenantName,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// What `unsuspend policy` takes.
#[derive(Debug, Args)]
pub struct UnsuspendPolicyArguments {
    /// Which.
    #[command(flatten)]
    pub policy: NamedPolicyArguments,

    /// The order.
    #[command(flatten)]
    pub order: OrderArguments,
}

/// What `suspensions` takes.
#[derive(Debug, Args)]
pub struct SuspensionsArguments {
    /// Where.
    #[command(flatten)]
    pub place: HostPlaceArguments,

    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

impl AgentArguments {
    fn target(&self) -> SuspensionTarget {
        SuspensionTarget::Agent {
            agent: self.agent.clone(),
            tenant: self.tenant.clone(),
        }
    }
}

impl NamedPolicyArguments {
    fn target(&self) -> SuspensionTarget {
        SuspensionTarget::Policy {
            tenant: self.tenant.clone(),
            policy: self.policy.clone(),
        }
    }
}

impl SuspendCommand {
    /// What, until when, and the order.
    pub fn parts(&self) -> (SuspensionTarget, Option<UnixMs>, &OrderArguments) {
        match self {
            SuspendCommand::Agent(typed) => (typed.agent.target(), typed.end.until, &typed.order),
            SuspendCommand::Tenant(typed) => {
                let tenant = typed.tenant.clone();
                let target = SuspensionTarget::Tenant { tenant };
                (target, typed.end.until, &typed.order)
            }
            SuspendCommand::Policy(typed) => (typed.policy.target(), typed.end.until, &typed.order),
        }
    }
}

impl UnsuspendCommand {
    /// What, and the order.
    pub fn parts(&self) -> (SuspensionTarget, &OrderArguments) {
        match self {
            UnsuspendCommand::Agent(typed) => (typed.agent.target(), &typed.order),
            UnsuspendCommand::Tenant(typed) => {
                let tenant = typed.tenant.clone();
                (SuspensionTarget::Tenant { tenant }, &typed.order)
            }
            UnsuspendCommand::Policy(typed) => (typed.policy.target(), &typed.order),
        }
    }
}
