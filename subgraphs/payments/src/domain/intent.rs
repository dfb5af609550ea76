//! The wish to be paid, and the payment that it becomes.

use chrono::{DateTime, Utc};
use souk_contracts::{CustomerId, Money, OrderId, PaymentId};

use super::{
    method::Method,
    payment::Payment,
    state::{Refusal, State, Step},
};

/// What an order asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub order_id: OrderId,
    pub attempt: u32,
    pub customer_id: Option<CustomerId>,
    pub method: Method,
    pub token: Option<String>,
    pub amount: Money,
}

impl Intent {
    /// The payment of this intent: on its way to the provider, authorised at once when it is cash, or failed at
    /// once when its token can be no token.
    ///
    /// # Errors
    /// Never in practice: the machine allows these first steps.
    pub fn into_payment(self, id: PaymentId, now: DateTime<Utc>) -> Result<Payment, Refusal> {
        let token_fault = self.token_fault();
        let payment = Payment {
            id,
            order_id: self.order_id,
            attempt: self.attempt,
            customer_id: self.customer_id,
            method: self.method,
            // What may be a card number is not even kept.
            token: self.token.filter(|_| token_fault.is_none() && !self.method.is_cash()),
            amount: self.amount,
            state: State::Created,
            version: 0,
            authorized_minor: 0,
            captured_minor: 0,
            refunded_minor: 0,
            refunding_minor: 0,
            charge_id: None,
            charge_version: 0,
            cancel_reason: None,
            changed_at: now,
        };
        let payment = payment.take(Step::Submit)?;
        match token_fault {
            Some(reason) => payment.take(Step::Fail { reason: reason.to_owned() }),
            None if payment.method.is_cash() => payment.take(Step::Authorize),
            None => Ok(payment),
        }
    }

    /// Whether a payment that exists is what this asks for.
    pub fn matches(&self, payment: &Payment) -> bool {
        self.order_id == payment.order_id
            && self.attempt == payment.attempt
            && self.customer_id == payment.customer_id
            && self.method == payment.method
            && self.amount == payment.amount
    }

    fn token_fault(&self) -> Option<&'static str> {
        match &self.token {
            _ if self.method.is_cash() => None,
            None if self.method == Method::Card => Some("token_missing"),
            None => None,
            Some(token) if is_token(token) => None,
            Some(_) => Some("token_invalid"),
        }
    }
}

/// 1 to 128 letters, digits, '_' or '-', and no run of digits as long as a card number.
fn is_token(text: &str) -> bool {
    let allowed = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let only_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    (1..=128).contains(&text.len()) && allowed && !(only_number && digits >= 12)
}

#[cfg(test)]
mod tests {
    use souk_contracts::CurrencyCode;
    use uuid::Uuid;

    use super::*;

    fn payment(method: Method, token: Option<&str>) -> Payment {
        let intent = Intent {
            order_id: OrderId(Uuid::from_u128(1)),
            attempt: 1,
            customer_id: None,
            method,
            token: token.map(str::to_owned),
            amount: Money::new(1_990, CurrencyCode::Inr),
        };
        intent.into_payment(PaymentId(Uuid::from_u128(2)), DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_card_number_is_refused_and_not_kept() {
        for token in ["4242424242424242", "4242-4242-4242-4242", "", "tok ok", "tök"] {
            let failed = payment(Method::Card, Some(token));
            assert_eq!((failed.failure_reason(), &failed.token), (Some("token_invalid"), &None), "{token}");
        }
        assert_eq!(payment(Method::Card, None).failure_reason(), Some("token_missing"));
    }

    #[test]
    fn cash_is_authorised_without_a_provider() {
        let cash = payment(Method::CashOnDelivery, Some("4242424242424242"));
        assert_eq!((cash.state.name(), cash.authorized_minor, cash.token), ("AUTHORIZED", 1_990, None));
    }

    #[test]
    fn other_methods_go_to_the_provider() {
        assert_eq!(payment(Method::Upi, None).state, State::Processing);
        assert_eq!(payment(Method::Card, Some("tok_ok")).token.as_deref(), Some("tok_ok"));
    }
}
