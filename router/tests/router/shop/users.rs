//! The subgraph that owns users.

use std::time::Duration;

use async_graphql::{
    ComplexObject, Context, EmptySubscription, Error, ErrorExtensions as _, ID, Object, Schema, SimpleObject,
};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::{Router, extract::State, http::HeaderMap, routing::post};

/// As registered; async-graphql serves the same types.
pub const SDL: &str = r#"
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@authenticated", "@requiresScopes"])
    type Query {
        me: User @authenticated
        users: [User!]!
        "Answers after so many milliseconds."
        slow(millis: Int!): Int
        "Gives the authorization and the trace that the subgraph got."
        heard: [String]
    }
    type User @key(fields: "id") {
        id: ID!
        name: String!
        "Fails for the third user."
        nickname: String
        email: String @requiresScopes(scopes: [["accounts:read"]])
    }
    type Mutation { rename(id: ID!, name: String!): User! }
"#;

#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct User {
    pub id: ID,
    pub name: String,
}

#[ComplexObject]
impl User {
    async fn email(&self) -> Option<String> {
        Some(format!("{}@example.org", self.name.to_lowercase()))
    }

    async fn nickname(&self, ctx: &Context<'_>) -> Option<String> {
        if *self.id == "3" {
            let error = Error::new("nobody knows").extend_with(|_, extensions| extensions.set("code", "NOT_FOUND"));
            ctx.add_error(ctx.set_error_path(error.into_server_error(ctx.item.pos)));
            return None;
        }
        Some(format!("{}y", self.name))
    }
}

fn user(id: &str) -> Option<User> {
    let name = match id {
        "1" => "Ann",
        "2" => "Bob",
        "3" => "Cid",
        _ => return None,
    };
    Some(User { id: id.into(), name: name.to_owned() })
}

struct Heard(Vec<Option<String>>);

pub struct Query;

#[Object]
impl Query {
    async fn me(&self) -> Option<User> {
        user("1")
    }

    async fn users(&self) -> Vec<User> {
        ["1", "2", "3"].into_iter().filter_map(user).collect()
    }

    async fn slow(&self, millis: u64) -> i32 {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        1
    }

    async fn heard(&self, ctx: &Context<'_>) -> Vec<Option<String>> {
        ctx.data_unchecked::<Heard>().0.clone()
    }

    #[graphql(entity)]
    async fn find_user(&self, id: ID) -> Option<User> {
        user(&id)
    }
}

pub struct Mutation;

#[Object]
impl Mutation {
    async fn rename(&self, id: ID, name: String) -> User {
        User { id, name }
    }
}

type UserSchema = Schema<Query, Mutation, EmptySubscription>;

pub fn routes() -> Router {
    let schema = Schema::build(Query, Mutation, EmptySubscription).finish();
    Router::new().route("/graphql", post(serve)).with_state(schema)
}

async fn serve(State(schema): State<UserSchema>, headers: HeaderMap, request: GraphQLRequest) -> GraphQLResponse {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let heard = Heard(vec![text("authorization"), text("traceparent")]);
    schema.execute(request.into_inner().data(heard)).await.into()
}
