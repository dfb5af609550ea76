//! The scalar `Decimal`: a number as text, so that no client rounds it.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Decimal(pub String);

/// A decimal number as a string, e.g. `"19.90"`: digits with a point, no sign, no exponent, no grouping.
#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => {
                Err(InputValueError::custom(format!("{other} is not a Decimal: write it as a string, e.g. \"19.90\"")))
            }
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
