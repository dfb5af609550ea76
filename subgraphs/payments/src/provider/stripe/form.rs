//! What is asked of Stripe for a charge, or why it cannot be.

use souk_contracts::Money;
use url::Url;

use super::super::{ChargeRequest, ProviderError, refused};
use crate::domain::Method;

/// Currencies that Stripe counts in whole units; all others it counts in hundredths.
const ZERO_DECIMAL: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];

pub(super) type Form = Vec<(&'static str, String)>;

/// One request that creates the intent and confirms it.
///
/// # Errors
/// [`ProviderError::Refused`] for what Stripe has no word for; nothing is asked then.
pub(super) fn of_charge(request: &ChargeRequest, return_url: &Url) -> Result<Form, ProviderError> {
    let capture_method = match request.method {
        Method::Card => "manual",
        // Wallets of phones and browsers hand out card payment methods.
        Method::Wallet => "automatic",
        Method::Upi | Method::NetBanking | Method::CashOnDelivery => return Err(refused("method_unsupported")),
    };
    let token = request.token.as_deref().ok_or_else(|| refused("token_missing"))?;
    if !token.starts_with("pm_") {
        return Err(refused("token_invalid"));
    }
    let Money { minor, currency } = request.amount;
    Ok(vec![
        ("amount", amount(currency.as_str(), currency.exponent(), minor)?.to_string()),
        ("currency", currency.as_str().to_ascii_lowercase()),
        ("capture_method", capture_method.to_owned()),
        ("confirm", "true".to_owned()),
        ("metadata[payment_id]", request.payment_id.to_string()),
        ("payment_method", token.to_owned()),
        ("payment_method_types[]", "card".to_owned()),
        ("return_url", return_url.to_string()),
    ])
}

/// `minor` units of ISO 4217 in what Stripe counts in. Where the two disagree (three decimals, and oddities such as
/// MGA, ISK and UGX) the currency is refused: an amount that is off by a factor is worse than none.
fn amount(code: &str, exponent: u32, minor: i64) -> Result<i64, ProviderError> {
    match (exponent, ZERO_DECIMAL.contains(&code)) {
        (0, true) | (2, false) => Ok(minor),
        _ => Err(refused("currency_unsupported")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_counted_as_stripe_counts_or_refused() {
        for (code, exponent, minor) in [("EUR", 2, 1_990), ("INR", 2, 1), ("JPY", 0, 500)] {
            assert_eq!(amount(code, exponent, minor), Ok(minor), "{code}");
        }
        for (code, exponent) in [("KWD", 3), ("BHD", 3), ("ISK", 0), ("UGX", 0), ("MGA", 2), ("JPY", 2)] {
            assert_eq!(amount(code, exponent, 1), Err(refused("currency_unsupported")), "{code}");
        }
    }
}
