//! Route tables that can be read back.
//!
//! A router forgets what was put into it; the URL map, the access test and the coverage table need
//! the list, so the two are made together.

use axum::{
    Router,
    handler::Handler,
    routing::{self, MethodRouter},
};

/// One row of a route table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteEntry {
    /// The path's pattern, e.g. `/api/v2/workspaces/{id}`.
    pub path: &'static str,
    /// The method; `*` where the handler looks at the method itself (as for `LIST`).
    pub method: &'static str,
}

/// A table of routes whose handlers need a state `S`.
#[derive(Clone, Debug)]
pub struct Routes<S = ()> {
    entries: Vec<RouteEntry>,
    router: Router<S>,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident = $method:literal;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name<H, T>(self, path: &'static str, handler: H) -> Self
        where
            H: Handler<T, S>,
            T: 'static,
        {
            self.with($method, path, routing::$name(handler))
        }
    )*};
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// An empty table.
    pub fn new() -> Self {
        Self { entries: Vec::new(), router: Router::new() }
    }

    methods! {
        /// Adds a GET (and with it HEAD) route.
        get = "GET";
        /// Adds a POST route.
        post = "POST";
        /// Adds a PATCH route.
        patch = "PATCH";
        /// Adds a PUT route.
        put = "PUT";
        /// Adds a DELETE route.
        delete = "DELETE";
        /// Adds a route for every method, also ones that HTTP does not know, such as LIST. No
        /// other route can share its path.
        any = "*";
    }

    fn with(mut self, method: &'static str, path: &'static str, handler: MethodRouter<S>) -> Self {
        self.entries.push(RouteEntry { path, method });
        self.router = self.router.route(path, handler);
        self
    }

    /// Gives the handlers their state.
    pub fn with_state(self, state: S) -> Routes<()> {
        Routes { entries: self.entries, router: self.router.with_state(state) }
    }

    /// Both tables.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self.router = self.router.merge(other.router);
        self
    }

    /// The rows, in the order in which they were added.
    pub fn entries(&self) -> &[RouteEntry] {
        &self.entries
    }

    /// The router alone.
    pub fn into_router(self) -> Router<S> {
        self.router
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}
