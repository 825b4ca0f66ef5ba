use serde::{Deserialize, Serialize};

/// How far a request is known to have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Nothing that KRA could act on has left: sending again cannot double anything.
    NotSent,
    /// KRA may have acted on it: its fate must be asked for before anything else is done.
    MaybeDelivered,
    /// KRA has answered.
    Answered,
}
