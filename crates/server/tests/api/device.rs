//! An authenticator app: it reads a secret from a page and shows codes.

use kernel::{Clock as _, FixedClock};
use testkit::{Browser, TestServer};

pub(crate) const PAGE: &str = "/app/settings/second-factor";

/// An authenticator app with one secret.
pub(crate) struct Device(Vec<u8>);

impl Device {
    /// Reads the picture of a page.
    pub(crate) fn reading(page: &str) -> Self {
        let (_, rest) = page.split_once("secret=").expect("the page hands a secret over");
        let text: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u64, 0);
        for letter in text.bytes() {
            let number = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|l| *l == letter);
            buffer = (buffer << 5 | number.unwrap() as u64) & 0xffff;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push((buffer >> bits & 0xff) as u8);
            }
        }
        assert_eq!(bytes.len(), 20);
        Self(bytes)
    }

    /// The code that it shows now (RFC 6238).
    pub(crate) fn code(&self, clock: &FixedClock) -> String {
        let step = clock.now().as_seconds() / 30;
        let mac = barrier::hmac_sha1(&self.0, step.to_be_bytes());
        let offset = usize::from(mac[19] & 15);
        let number = u32::from_be_bytes(mac[offset..offset + 4].try_into().unwrap());
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }

    /// A code that it does not show.
    pub(crate) fn wrong_code(&self, clock: &FixedClock) -> String {
        let right: u32 = self.code(clock).parse().unwrap();
        format!("{:06}", (right + 500_000) % 1_000_000)
    }

    /// Sets a person's second factor up in a browser that is signed in; gives the recovery codes too.
    pub(crate) async fn set_up(
        browser: &Browser,
        password: &str,
        clock: &FixedClock,
    ) -> (Self, Vec<String>) {
        let page = browser.get(PAGE).await.expect(200).text();
        let device = Self::reading(&page);
        let code = device.code(clock);
        let form = [
            ("current_password", password),
            ("code", &code),
            ("enrolment", hidden(&page, "enrolment")),
        ];
        let done = browser.submit(PAGE, &form).await.expect(200).text();
        (device, recovery_codes(&done))
    }
}

/// What a hidden field holds.
pub(crate) fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field");
    rest.split('"').next().unwrap()
}

/// The codes of the page that shows them.
pub(crate) fn recovery_codes(page: &str) -> Vec<String> {
    let (_, list) = page.split_once("recovery-codes\">").expect("the page lists codes");
    let list = list.split_once("</ul>").unwrap().0;
    list.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// The records of the audit trail, oldest first, in few words: `create second-factors done`.
pub(crate) async fn trail(server: &TestServer) -> Vec<String> {
    const LIST: db::Statement = db::Statement::new(
        "test_list_audit_records",
        "SELECT actor_name, action, resource_kind, resource_name, outcome, details \
         FROM audit_records ORDER BY at, id",
    );
    let read = server.app().identity().db().read(|tx| {
        Ok(tx.query(&LIST, &[], |row| {
            let texts: Result<Vec<String>, _> = (0..6).map(|column| row.text(column)).collect();
            Ok(texts?.join(" "))
        })?)
    });
    read.await.unwrap()
}
