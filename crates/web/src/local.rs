//! Asking the server itself, without a network between: the same requests, the same frame around
//! them, the same answers.

use axum::{
    Router,
    body::{Body, to_bytes},
};
use bytes::Bytes;
use http::{Request, Response, Version};
use kernel::{Error, Result};
use tower_service::Service;

/// The finished router, to be asked from within. Cheap to clone.
#[derive(Clone)]
pub struct Local(Router);

impl Local {
    /// Over what [`crate::finish()`] has made.
    pub const fn new(router: Router) -> Self {
        Self(router)
    }

    /// Sends a request, and gives the answer with its whole body of up to `limit` bytes. Nobody is
    /// at the other end, so the request comes from no address.
    pub async fn send(&self, mut request: Request<Body>, limit: usize) -> Result<Response<Bytes>> {
        // There is no connection whose rest would have to be read.
        *request.version_mut() = Version::HTTP_2;
        let Ok(response) = self.0.clone().call(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, limit).await.map_err(Error::internal)?;
        Ok(Response::from_parts(parts, body))
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::post;

    use super::*;
    use crate::{RequestInfo, Settings, finish};

    async fn echo(info: RequestInfo, body: String) -> String {
        format!("{} {:?} {body}", info.method, info.address)
    }

    fn local() -> Local {
        let router = Router::new().route("/api/echo", post(echo));
        Local::new(finish(router, Settings::new("http://localhost")))
    }

    #[tokio::test]
    async fn a_server_answers_itself_as_it_answers_others() {
        let request = Request::post("/api/echo").body(Body::from("hello")).unwrap();
        let answer = local().send(request, 100).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.body(), "POST None hello");
        let request = Request::get("/api/nothing").body(Body::empty()).unwrap();
        assert_eq!(local().send(request, 1_000).await.unwrap().status(), 404);
    }

    #[tokio::test]
    async fn an_answer_that_is_too_long_is_an_error() {
        let request = Request::post("/api/echo").body(Body::from("hello")).unwrap();
        assert!(local().send(request, 3).await.is_err());
    }
}
