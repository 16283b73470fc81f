//! How many requests one token, or one address, may make per second.
//!
//! A token counts for itself, wherever it is used. So that made-up tokens are no way around, an
//! address as a whole may make [`ADDRESS_SHARE`] times as many: room for a team behind one address.

use std::{
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{extract::Request, response::Response};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use http::{HeaderMap, HeaderValue, header};
use kernel::{Error, Kind};

use super::Area;

/// Clients that are told a smaller limit send nothing at all.
const MIN_LIMIT: u32 = 4;
const ADDRESS_SHARE: u32 = 10;
/// After so many requests, forget those whose budget is whole again.
const SWEEP_EVERY: u64 = 20_000;
/// Paths that need no limit: static files, and what is allowed by a signed address that only a
/// counted request gives out.
const EXEMPT: [&str; 2] = ["/assets/", "/blobs/"];

type Limiter = RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>;

pub(super) struct RateLimit {
    limit: u32,
    subjects: Limiter,
    addresses: Limiter,
    clock: DefaultClock,
    hasher: RandomState,
    checks: AtomicU64,
}

/// What the limit says about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Exempt { limit: u32 },
    Counted { limit: u32, remaining: u32 },
    Denied { limit: u32, wait: Duration },
}

impl RateLimit {
    pub(super) fn new(limit: u32) -> Option<Self> {
        let limit = limit.max(MIN_LIMIT);
        let limiter = |share: u32| -> Option<Limiter> {
            let quota = Quota::per_second(NonZeroU32::new(limit.saturating_mul(share))?);
            Some(RateLimiter::dashmap(quota).with_middleware())
        };
        Some(Self {
            limit,
            subjects: limiter(1)?,
            addresses: limiter(ADDRESS_SHARE)?,
            clock: DefaultClock::default(),
            hasher: RandomState::new(),
            checks: AtomicU64::new(0),
        })
    }

    pub(super) fn check(&self, request: &Request, address: Option<IpAddr>) -> Verdict {
        let limit = self.limit;
        let path = request.uri().path();
        if EXEMPT.iter().any(|start| path.starts_with(start)) {
            return Verdict::Exempt { limit };
        }
        self.sweep_at_times();
        let address = address.map(|address| self.hasher.hash_one(network_of(address)));
        let token = request.headers().get(header::AUTHORIZATION);
        let subject = match (token, address) {
            (Some(token), _) => self.hasher.hash_one(token.as_bytes()),
            (None, Some(address)) => address,
            (None, None) => 0,
        };
        if let (Some(_), Some(address)) = (token, address)
            && let Err(until) = self.addresses.check_key(&address)
        {
            return Verdict::Denied { limit, wait: until.wait_time_from(self.clock.now()) };
        }
        match self.subjects.check_key(&subject) {
            Ok(state) => Verdict::Counted { limit, remaining: state.remaining_burst_capacity() },
            Err(until) => Verdict::Denied { limit, wait: until.wait_time_from(self.clock.now()) },
        }
    }

    fn sweep_at_times(&self) {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.subjects.retain_recent();
            self.addresses.retain_recent();
        }
    }
}

/// An IPv6 customer has a whole network of /64.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// The answer to a request that is one too many.
pub(super) fn denial(area: Area, wait: Duration) -> Response {
    let mut response = area.error(Error::new(
        Kind::TooManyRequests,
        "too many requests in a short time; please slow down",
    ));
    let seconds = HeaderValue::from(wait.as_secs() + 1);
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

impl Verdict {
    /// Clients end themselves when one of these is no number.
    pub(super) fn apply(self, headers: &mut HeaderMap) {
        let (limit, remaining, reset) = match self {
            Self::Exempt { limit } => return set(headers, "x-ratelimit-limit", limit.into()),
            Self::Counted { limit, remaining } => {
                let missing = limit.saturating_sub(remaining);
                (limit, remaining, f64::from(missing) / f64::from(limit))
            }
            Self::Denied { limit, wait } => (limit, 0, wait.as_secs_f64()),
        };
        set(headers, "x-ratelimit-limit", limit.into());
        set(headers, "x-ratelimit-remaining", remaining.into());
        if let Ok(reset) = HeaderValue::try_from(format!("{reset:.3}")) {
            set(headers, "x-ratelimit-reset", reset);
        }
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: HeaderValue) {
    headers.insert(name, value);
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(path: &str, token: Option<&str>) -> Request {
        let mut builder = Request::builder().uri(path);
        if let Some(token) = token {
            builder = builder.header(header::AUTHORIZATION, token);
        }
        builder.body(Body::empty()).unwrap()
    }

    fn denied(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Denied { .. })
    }

    #[test]
    fn tokens_count_apart() {
        let rate = RateLimit::new(5).unwrap();
        let address = Some("198.51.100.1".parse().unwrap());
        let first = request("/api/v2/ping", Some("Bearer a"));
        let passed = (0..10).filter(|_| !denied(rate.check(&first, address))).count();
        assert!((5..=6).contains(&passed), "{passed}");
        assert!(!denied(rate.check(&request("/api/v2/ping", Some("Bearer b")), address)));
        assert!(!denied(rate.check(&request("/assets/style.css", None), address)));
    }

    #[test]
    fn made_up_tokens_are_no_way_around() {
        let rate = RateLimit::new(4).unwrap();
        let address = Some("2001:db8::1".parse().unwrap());
        let passed = (0..200)
            .filter(|number| {
                let request = request("/api/v2/ping", Some(&format!("Bearer {number}")));
                !denied(rate.check(&request, address))
            })
            .count();
        assert!(passed < 100, "{passed}");
        let neighbour = Some("2001:db8::2".parse().unwrap());
        assert!(denied(rate.check(&request("/api/v2/ping", Some("Bearer x")), neighbour)));
    }

    #[test]
    fn the_numbers_are_numbers() {
        let mut headers = HeaderMap::new();
        Verdict::Denied { limit: 30, wait: Duration::from_millis(533) }.apply(&mut headers);
        assert_eq!(headers["x-ratelimit-reset"], "0.533");
        assert_eq!(headers["x-ratelimit-limit"], "30");
        assert_eq!(headers["x-ratelimit-remaining"], "0");
    }

    #[test]
    fn the_limit_is_never_one_that_stops_clients() {
        assert_eq!(RateLimit::new(1).unwrap().limit, 4);
    }
}
