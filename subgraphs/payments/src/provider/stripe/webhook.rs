//! Stripe's events.

use serde::Deserialize;
use serde_json::Value;
use souk_contracts::PaymentId;

use super::{
    super::News,
    PAYMENT_ID,
    intent::{WireIntent, charge_at},
    refund::WireRefund,
};
use crate::domain::{Charge, ChargeStatus};

#[derive(Debug, Deserialize)]
struct WireEvent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: WireData,
}

#[derive(Debug, Deserialize)]
struct WireData {
    object: Value,
}

/// An event's news, after its signature was verified. Events that payments has no use for have none.
///
/// # Errors
/// What is wrong with the body.
pub fn parse_webhook(body: &[u8]) -> Result<News, String> {
    let event: WireEvent = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let charge = match event.kind.as_str() {
        "payment_intent.processing"
        | "payment_intent.requires_action"
        | "payment_intent.amount_capturable_updated"
        | "payment_intent.payment_failed"
        | "payment_intent.canceled"
        | "payment_intent.succeeded" => of_intent(event.data.object)?,
        "charge.refund.updated" | "refund.created" | "refund.updated" | "refund.failed" => {
            of_refund(event.data.object)?
        }
        _ => None,
    };
    Ok(News { id: event.id, charge })
}

/// The account may be used for other things too. What does not name a payment of ours is no news, whatever it says: it
/// need not be anything that an intent of ours can be.
fn of_intent(object: Value) -> Result<Option<Charge>, String> {
    let reference = object["metadata"][PAYMENT_ID].as_str().unwrap_or_default();
    if reference.parse::<PaymentId>().is_err() {
        return Ok(None);
    }
    let intent: WireIntent = serde_json::from_value(object).map_err(|error| error.to_string())?;
    let reference = intent.reference();
    intent.charge(reference, Vec::new()).map(Some).map_err(|error| error.to_string())
}

/// A refund that is made tells that its intent had succeeded. One that is pending tells nothing, and one that failed is
/// seen by the operation that waits for it.
fn of_refund(object: Value) -> Result<Option<Charge>, String> {
    let refund: WireRefund = serde_json::from_value(object).map_err(|error| error.to_string())?;
    if let Some(reason) = refund.failure() {
        metrics::counter!("souk_provider_refunds_failed_total").increment(1);
        let (id, payment) = (refund.reference().unwrap_or("of somebody else"), refund.payment());
        tracing::error!(payment.id = payment, "refund {id} of payment {payment:?} failed at Stripe: {reason}");
    }
    let made = refund.is_made().then(|| refund.reference().map(str::to_owned)).flatten();
    let payment = refund.payment();
    let charge = |(intent, made)| charge_at(intent, payment, ChargeStatus::Captured, vec![made]);
    Ok(refund.payment_intent.zip(made).map(charge))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(kind: &str, object: Value) -> Result<News, String> {
        parse_webhook(json!({ "id": "evt_1", "type": kind, "data": { "object": object } }).to_string().as_bytes())
    }

    fn a_payment() -> String {
        PaymentId(uuid::Uuid::from_u128(1)).to_string()
    }

    fn intent(status: &str) -> Value {
        json!({ "id": "pi_1", "status": status, "metadata": { "payment_id": a_payment() } })
    }

    fn refund(status: &str) -> Value {
        json!({ "id": "re_1", "payment_intent": "pi_1", "status": status,
            "metadata": { "payment_id": "pay_1", "refund_id": "ref_1" } })
    }

    #[test]
    fn events_of_intents_tell_how_the_charge_stands() {
        for (kind, status, stands) in [
            ("payment_intent.processing", "processing", ChargeStatus::Processing),
            ("payment_intent.amount_capturable_updated", "requires_capture", ChargeStatus::Authorized),
            ("payment_intent.canceled", "canceled", ChargeStatus::Voided),
            ("payment_intent.succeeded", "succeeded", ChargeStatus::Captured),
        ] {
            let news = parse(kind, intent(status)).unwrap();
            let charge = news.charge.unwrap();
            assert_eq!((news.id.as_str(), charge.id.as_str(), charge.reference), ("evt_1", "pi_1", a_payment()));
            assert_eq!(charge.status, stands, "{kind}");
        }
    }

    #[test]
    fn a_refund_tells_once_it_is_made_and_only_when_it_is_ours() {
        for kind in ["charge.refund.updated", "refund.created", "refund.updated"] {
            let charge = parse(kind, refund("succeeded")).unwrap().charge.unwrap();
            assert_eq!((charge.id.as_str(), charge.reference.as_str()), ("pi_1", "pay_1"));
            assert_eq!((charge.status, charge.refunds), (ChargeStatus::Captured, vec!["ref_1".to_owned()]));
            for status in ["pending", "failed"] {
                assert_eq!(parse(kind, refund(status)).unwrap().charge, None, "{status}");
            }
            let mut by_hand = refund("succeeded");
            by_hand["metadata"] = json!({});
            assert_eq!(parse(kind, by_hand).unwrap().charge, None);
        }
    }

    #[test]
    fn other_events_are_no_news_and_nonsense_is_refused() {
        for kind in ["payment_intent.created", "charge.succeeded", "customer.created"] {
            assert_eq!(parse(kind, intent("requires_payment_method")).unwrap().charge, None, "{kind}");
        }
        assert_eq!(parse("payment_intent.succeeded", intent("succeeded")).unwrap().charge.unwrap().version, 6);
        assert!(parse("payment_intent.succeeded", intent("on_the_moon")).is_err());
        for of_others in [json!("pi_1"), json!({ "id": "pi_1", "status": "on_the_moon", "metadata": {} })] {
            assert_eq!(parse("payment_intent.succeeded", of_others).unwrap().charge, None);
        }
        assert!(parse_webhook(b"[]").is_err());
    }
}
