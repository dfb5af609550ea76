//! A payment as its provider reports it.

use super::state::NextAction;

/// What a provider's charge says, in our words; each adapter translates into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    pub id: String,
    /// Ours: the payment's id.
    pub reference: String,
    /// Rises with each change of the status, so old news can be told from new. `refunds` are matched one by one and
    /// need no version.
    pub version: u64,
    pub status: ChargeStatus,
    /// References of the refunds that the provider has made: our refunds' ids.
    pub refunds: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeStatus {
    /// The provider knows it and has decided nothing yet.
    Processing,
    RequiresAction(NextAction),
    Authorized,
    Captured,
    Failed {
        reason: String,
    },
    Voided,
}

impl ChargeStatus {
    /// For people.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::RequiresAction(_) => "REQUIRES_ACTION",
            Self::Authorized => "AUTHORIZED",
            Self::Captured => "CAPTURED",
            Self::Failed { .. } => "FAILED",
            Self::Voided => "VOIDED",
        }
    }
}
