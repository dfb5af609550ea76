//! What a buyer asks for, parsed: a cart that exists has known-shaped skus and quantities in range.

use indexmap::IndexMap;
use souk_contracts::{Quantity, Sku};

use super::{PaymentMethod, Refusal};

/// Different skus an order may have.
pub const MAX_LINES: usize = 100;
/// Characters of a payment token.
const MAX_TOKEN: usize = 255;

/// Skus with quantities, each sku once, in the order in which they were named.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Cart(pub Vec<CartLine>);

/// How many of one sku.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CartLine {
    pub sku: Sku,
    pub quantity: Quantity,
    /// Where the buyer named it first, for telling about it; no part of what is bought.
    #[serde(skip)]
    pub asked_at: usize,
}

/// How the buyer pays. The token is the provider's, never a card number.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Payment {
    pub method: PaymentMethod,
    pub token: Option<String>,
}

impl Cart {
    /// Parses lines of (sku, quantity); lines of one sku are added up.
    ///
    /// # Errors
    /// A refusal for each line that cannot be accepted.
    pub fn parse(lines: &[(String, i64)]) -> Result<Self, Vec<Refusal>> {
        if lines.is_empty() || lines.len() > MAX_LINES {
            return Err(vec![Refusal::invalid(["lines"], format!("an order has 1 to {MAX_LINES} lines"))]);
        }
        let mut refusals = Vec::new();
        let mut units: IndexMap<Sku, (i64, usize)> = IndexMap::new();
        for (index, (sku, quantity)) in lines.iter().enumerate() {
            if let Err(error) = Quantity::new(*quantity) {
                refusals.push(Refusal::invalid(["lines", &index.to_string(), "quantity"], error.to_string()));
                continue;
            }
            match sku.parse::<Sku>() {
                Ok(sku) => units.entry(sku).or_insert((0, index)).0 += quantity,
                // What is not even shaped like a sku is not on sale either.
                Err(_) => refusals.push(Refusal::UnknownSku { line: index, sku: sku.chars().take(64).collect() }),
            }
        }
        let mut cart = Vec::with_capacity(units.len());
        for (sku, (units, asked_at)) in units {
            match Quantity::new(units) {
                Ok(quantity) => cart.push(CartLine { sku, quantity, asked_at }),
                Err(error) => {
                    refusals.push(Refusal::invalid(["lines", &asked_at.to_string(), "quantity"], error.to_string()));
                }
            }
        }
        if refusals.is_empty() { Ok(Self(cart)) } else { Err(refusals) }
    }

    pub fn skus(&self) -> Vec<Sku> {
        self.0.iter().map(|line| line.sku.clone()).collect()
    }
}

impl Payment {
    /// # Errors
    /// [`Refusal::Invalid`] for a token that is missing, too long, or a card number.
    pub fn parse(method: PaymentMethod, token: Option<String>) -> Result<Self, Refusal> {
        let refuse = |message: &str| Err(Refusal::invalid(["payment", "token"], message));
        let token = token.filter(|token| !token.is_empty());
        match &token {
            None if method == PaymentMethod::Card => refuse("a card payment needs the provider's token"),
            Some(token) if token.len() > MAX_TOKEN || token.chars().any(char::is_control) => {
                refuse("this is not a token of a payment provider")
            }
            Some(token) if is_card_number(token) => refuse("send a token of the payment provider, never a card number"),
            Some(_) | None => Ok(Self { method, token }),
        }
    }
}

/// 12 to 19 digits (ISO/IEC 7812), as people group them.
fn is_card_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (12..=19).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cart(lines: &[(&str, i64)]) -> Result<Cart, Vec<Refusal>> {
        let lines: Vec<_> = lines.iter().map(|(sku, quantity)| ((*sku).to_owned(), *quantity)).collect();
        Cart::parse(&lines)
    }

    #[test]
    fn lines_of_one_sku_are_added_up() {
        let cart = cart(&[("mug", 2), ("TEE", 1), ("MUG", 3)]).unwrap();
        let told: Vec<_> = cart.0.iter().map(|line| (line.sku.as_str(), line.quantity.get(), line.asked_at)).collect();
        assert_eq!(told, [("MUG", 5, 0), ("TEE", 1, 1)]);
    }

    #[test]
    fn every_faulty_line_is_named() {
        let refusals = cart(&[("MUG", 0), ("a b", 1), ("TEE", 1_000_000)]).unwrap_err();
        assert_eq!(refusals.len(), 3);
        assert!(matches!(&refusals[1], Refusal::UnknownSku { line: 1, sku } if sku == "a b"));
        assert!(cart(&[]).is_err());
        assert!(cart(&[("MUG", 600), ("mug", 600)]).is_err());
    }

    #[test]
    fn card_numbers_are_turned_away() {
        for number in ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111"] {
            assert!(Payment::parse(PaymentMethod::Card, Some(number.to_owned())).is_err(), "{number}");
        }
        assert!(Payment::parse(PaymentMethod::Card, None).is_err());
        assert!(Payment::parse(PaymentMethod::Card, Some("tok_ok".to_owned())).is_ok());
        assert!(Payment::parse(PaymentMethod::CashOnDelivery, None).is_ok());
    }
}
