//! Somebody with a browser: pages, forms, a session.

use std::collections::BTreeMap;

use kernel::Secret;
use reqwest::Method;

use crate::{Answer, Caller, TestServer};

/// A browser. Signed in, it holds the session's cookie.
#[derive(Clone)]
pub struct Browser {
    caller: Caller,
    /// The `Cookie` header that it sends.
    pub cookie: Option<String>,
}

impl TestServer {
    /// A browser without a session.
    pub fn browser(&self) -> Browser {
        Browser { caller: self.anonymous(), cookie: None }
    }

    /// The browser of somebody who has just signed in on the page. They get a new password.
    pub async fn browser_of(&self, name: &str) -> Browser {
        let password = format!("the password of {name}");
        self.set_password(name, &password).await;
        let mut browser = self.browser();
        browser.sign_in(name, &password).await.expect(303);
        browser
    }

    /// Gives somebody a password, as an administrator does on the command line.
    pub async fn set_password(&self, name: &str, password: &str) {
        let identity = self.app().identity();
        let user = identity.find_user_by_name(name).await.unwrap().expect("the person is there");
        let password = Secret::new(password.to_owned());
        identity.set_password(&self.app().system_context(), user.id, password).await.unwrap();
    }
}

impl Browser {
    /// Signs in on the page; keeps the cookie if that works.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> Answer {
        let answer = self.post("/app/sign-in", &[("login", login), ("password", password)]).await;
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        answer
    }

    /// Keeps the cookies that an answer sets, and forgets those that it takes away.
    pub fn keep_cookies(&mut self, answer: &Answer) {
        let pairs = self.cookie.iter().flat_map(|cookies| cookies.split("; "));
        let mut jar: BTreeMap<String, String> = pairs
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for value in answer.headers.get_all("set-cookie") {
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let pairs: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.cookie = (!pairs.is_empty()).then(|| pairs.join("; "));
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.caller.send(self.request(Method::GET, path)).await
    }

    /// Sends a form exactly as given.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let form: BTreeMap<_, _> = form.iter().copied().collect();
        self.caller.send(self.request(Method::POST, path).form(&form)).await
    }

    /// Sends a form with the session's `csrf` value.
    pub async fn submit(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf().await;
        let mut form = form.to_vec();
        form.push(("csrf", &csrf));
        self.post(path, &form).await
    }

    /// The `csrf` value of this session, as its pages hold it; nothing without a session.
    pub async fn csrf(&self) -> String {
        let page = self.get("/app/settings/account").await.text();
        let value = page.split_once("name=\"csrf\" value=\"").map(|(_, rest)| rest);
        let value = value.and_then(|rest| rest.split_once('"')).map(|(value, _)| value);
        value.unwrap_or_default().to_owned()
    }

    /// A request with the session's cookie, not yet sent.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.caller.request(method, path);
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }
}
