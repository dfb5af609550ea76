//! The data: a few users, products and reviews, always the same, tied together so that the benchmark's operation
//! answers about 87 KB.

const USERS: usize = 6;
const PRODUCTS: usize = 9;
const REVIEWS: usize = 25;

/// An object of the graph.
#[derive(Debug, Clone, Copy)]
pub enum Object {
    Query,
    User(usize),
    Review(usize),
    /// With the price and weight that whoever asks says it has.
    Product {
        index: usize,
        price: Option<i64>,
        weight: Option<i64>,
    },
}

/// The value of a field.
#[derive(Debug, Clone)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    One(Object),
    Many(Vec<Object>),
}

impl Object {
    pub fn product(index: usize) -> Self {
        Self::Product { index, price: Some(price(index)), weight: Some(weight(index)) }
    }

    pub fn typename(self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::User(_) => "User",
            Self::Review(_) => "Review",
            Self::Product { .. } => "Product",
        }
    }

    /// A field's value; None for a field that there is not. `first` is the argument of lists.
    pub fn field(self, name: &str, first: Option<usize>) -> Option<Value> {
        match self {
            Self::Query => query(name, first),
            Self::User(index) => user(index, name),
            Self::Review(index) => review(index, name),
            Self::Product { index, price, weight } => product(index, name, (price, weight)),
        }
    }
}

/// The entity that a representation names.
pub fn entity(representation: &serde_json::Value) -> Option<Object> {
    let number = |key: &str| representation.get(key).and_then(serde_json::Value::as_i64);
    let index = |key: &str, prefix: &str| -> Option<usize> {
        let digits = representation.get(key)?.as_str()?.strip_prefix(prefix)?;
        digits.parse::<usize>().ok()?.checked_sub(1)
    };
    match representation.get("__typename")?.as_str()? {
        "User" => index("id", "u").filter(|index| *index < USERS).map(Object::User),
        "Review" => index("id", "r").filter(|index| *index < REVIEWS).map(Object::Review),
        "Product" => index("upc", "p").filter(|index| *index < PRODUCTS).map(|index| Object::Product {
            index,
            price: number("price"),
            weight: number("weight"),
        }),
        _ => None,
    }
}

fn query(name: &str, first: Option<usize>) -> Option<Value> {
    Some(match name {
        "me" | "user" => Value::One(Object::User(0)),
        "users" => Value::Many((0..USERS).map(Object::User).collect()),
        "topProducts" => Value::Many((0..first.unwrap_or(5).min(PRODUCTS)).map(Object::product).collect()),
        _ => return None,
    })
}

fn user(index: usize, name: &str) -> Option<Value> {
    Some(match name {
        "id" => Value::Text(format!("u{}", index + 1)),
        "name" => Value::Text(format!("Customer Number {}", index + 1)),
        "username" => Value::Text(format!("customer-{}", index + 1)),
        "birthday" => Value::Int(1980 + index as i64),
        "reviews" => reviews_of(|review| author_of(review) == index),
        _ => return None,
    })
}

fn review(index: usize, name: &str) -> Option<Value> {
    Some(match name {
        "id" => Value::Text(format!("r{}", index + 1)),
        "body" => Value::Text(format!("Review {}: it does what it says, and does it well.", index + 1)),
        "author" => Value::One(Object::User(author_of(index))),
        "product" => Value::One(Object::product(product_of(index))),
        _ => return None,
    })
}

fn product(index: usize, name: &str, (price_given, weight_given): (Option<i64>, Option<i64>)) -> Option<Value> {
    Some(match name {
        "upc" => Value::Text(format!("p{}", index + 1)),
        "name" => Value::Text(format!("Product Number {}", index + 1)),
        "price" => Value::Int(price(index)),
        "weight" => Value::Int(weight(index)),
        "inStock" => Value::Bool(index.is_multiple_of(2)),
        // Only who was told price and weight can say.
        "shippingEstimate" => match (price_given, weight_given) {
            (Some(price), Some(_)) if price > 1_000 => Value::Int(0),
            (Some(_), Some(weight)) => Value::Int(weight / 2),
            _ => Value::Null,
        },
        "reviews" => reviews_of(|review| product_of(review) == index),
        _ => return None,
    })
}

fn reviews_of(is_among: impl Fn(usize) -> bool) -> Value {
    Value::Many((0..REVIEWS).filter(|review| is_among(*review)).map(Object::Review).collect())
}

fn author_of(review: usize) -> usize {
    review % USERS
}

fn product_of(review: usize) -> usize {
    review % PRODUCTS
}

fn price(product: usize) -> i64 {
    899 + 54 * product as i64
}

fn weight(product: usize) -> i64 {
    100 + 50 * product as i64
}
