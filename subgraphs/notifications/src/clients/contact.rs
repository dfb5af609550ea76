//! Where the customer of an order is reached: asked when mail is sent, kept nowhere.

use serde::{Deserialize, Serialize};
use souk_contracts::{CustomerId, OrderId};
use souk_subgraph::clients::{ClientError, Operation, ServiceClient};

/// Whom to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub email: String,
    pub name: String,
    pub tracking_number: Option<String>,
}

struct OrderContact;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderContactVariables {
    order_id: OrderId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderContactData {
    order_contact: Option<OrderContactFields>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderContactFields {
    customer_id: Option<CustomerId>,
    email: Option<String>,
    name: String,
    tracking_number: Option<String>,
}

impl Operation for OrderContact {
    const SERVICE: &'static str = "orders";
    const NAME: &'static str = "OrderContact";
    const DOCUMENT: &'static str = include_str!("order_contact.graphql");
    type Variables = OrderContactVariables;
    type Data = OrderContactData;
}

struct CustomerContact;

#[derive(Serialize)]
struct CustomerContactVariables {
    id: CustomerId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomerContactData {
    customer_contact: Option<CustomerContactFields>,
}

#[derive(Deserialize)]
struct CustomerContactFields {
    email: String,
}

impl Operation for CustomerContact {
    const SERVICE: &'static str = "accounts";
    const NAME: &'static str = "CustomerContact";
    const DOCUMENT: &'static str = include_str!("customer_contact.graphql");
    type Variables = CustomerContactVariables;
    type Data = CustomerContactData;
}

/// The contact of an order: the email given with it, else the customer's own. None when there is none any more.
///
/// # Errors
/// [`ClientError`].
pub async fn contact(client: &ServiceClient, order_id: OrderId) -> Result<Option<Contact>, ClientError> {
    let data = client.call::<OrderContact>(&OrderContactVariables { order_id }).await?;
    let Some(order) = data.order_contact else { return Ok(None) };
    let email = match (order.email, order.customer_id) {
        (Some(email), _) => Some(email),
        (None, Some(id)) => {
            let data = client.call::<CustomerContact>(&CustomerContactVariables { id }).await?;
            data.customer_contact.map(|customer| customer.email)
        }
        (None, None) => None,
    };
    Ok(email.map(|email| Contact { email, name: order.name, tracking_number: order.tracking_number }))
}
