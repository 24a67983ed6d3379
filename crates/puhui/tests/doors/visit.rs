//! A visitor without a browser: asks for pages as one would by hand, follows links, keeps no cookie but its session.

use std::collections::{BTreeSet, VecDeque};

use crate::world::Server;

/// Somebody who asks for pages.
pub(crate) struct Visitor {
    agent: ureq::Agent,
    address: String,
    cookie: String,
}

/// What was answered, as it came over the wire.
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Visitor {
    pub(crate) fn anonymous(server: &Server) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0);
        Visitor {
            agent: config.max_redirects_will_error(false).build().into(),
            address: server.address.clone(),
            cookie: String::new(),
        }
    }

    /// With the session of an account.
    pub(crate) fn signed(server: &Server, account: &str) -> Self {
        Visitor {
            cookie: format!("__Host-puhui={}", server.sign_in(account)),
            ..Self::anonymous(server)
        }
    }

    pub(crate) fn get(&self, path: &str) -> Page {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        self.send("GET", path, headers, String::new())
    }

    /// Sends a form, as a browser does from this site.
    pub(crate) fn post(&self, path: &str, fields: &str) -> Page {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", self.address.as_str()),
        ];
        self.send("POST", path, &headers, fields.to_owned())
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Page {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("cookie", &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = self.agent.run(request.body(body).unwrap()).unwrap();
        let bytes = response.body_mut().with_config().limit(1 << 28).read_to_vec().unwrap();
        Page {
            path: path.to_owned(),
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            bytes,
        }
    }

    /// Follows every link from these pages, one page of each shape, at most `bound`; answers all that were asked for.
    pub(crate) fn crawl(&self, starts: &[&str], bound: usize) -> Vec<Found> {
        let mut waiting: VecDeque<(String, String)> = starts
            .iter()
            .map(|path| ((*path).to_owned(), "the start".to_owned()))
            .collect();
        let mut known = BTreeSet::new();
        let mut found = Vec::new();
        while let Some((path, on)) = waiting.pop_front() {
            if found.len() >= bound || !known.insert(shape(&path)) {
                continue;
            }
            let page = self.get(&path);
            waiting.extend(page.links().into_iter().map(|link| (link, path.clone())));
            found.push(Found { page, on });
        }
        found
    }
}

/// A page and the page that led to it.
pub(crate) struct Found {
    pub(crate) page: Page,
    pub(crate) on: String,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn is_html(&self) -> bool {
        self.header("content-type").starts_with("text/html")
    }

    /// Let in: a page, or a way to another page that is not the sign-in.
    pub(crate) fn let_in(&self) -> bool {
        self.status < 400 && !self.to_sign_in()
    }

    pub(crate) fn to_sign_in(&self) -> bool {
        (300..400).contains(&self.status) && self.header("location").starts_with("/signin")
    }

    /// Values of an attribute of the tags of one name.
    pub(crate) fn attributes(&self, tag: &str, name: &str) -> Vec<String> {
        let (text, mut values) = (self.text(), Vec::new());
        for part in text.split(&format!("<{tag} ")).skip(1) {
            let Some(inside) = part.split('>').next() else { continue };
            let value = format!(" {inside}");
            let value = value
                .split(&format!(" {name}=\""))
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            values.extend(value.map(plain));
        }
        values
    }

    /// Addresses on this site that links lead to, without what follows `#`.
    pub(crate) fn links(&self) -> Vec<String> {
        if !self.is_html() {
            return self.to_other().into_iter().collect();
        }
        let here = self.path.split('?').next().unwrap_or_default();
        let mut links = Vec::new();
        for href in self.attributes("a", "href") {
            let href = href.split('#').next().unwrap_or_default();
            if href.starts_with('/') && !href.starts_with("//") {
                links.push(href.to_owned());
            } else if href.starts_with('?') {
                links.push(format!("{here}{href}"));
            }
        }
        links.extend(self.to_other());
        links
    }

    fn to_other(&self) -> Option<String> {
        let to = self.header("location");
        to.starts_with('/').then(|| to.to_owned())
    }
}

fn plain(text: &str) -> String {
    text.replace("&#38;", "&").replace("&amp;", "&").replace("&#39;", "'")
}

/// Segments whose followers are names and ids, so that one example is enough.
const PARENTS: [&str; 18] = [
    "act",
    "appeal",
    "audit",
    "entities",
    "evidence",
    "invitation",
    "join",
    "methodologies",
    "orders",
    "p",
    "participants",
    "partners",
    "records",
    "rewards",
    "sent",
    "store",
    "vouchers",
    "why",
];

/// What pages of one kind have in common: the address without ids, the names in the query without values.
pub(crate) fn shape(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut shape = String::new();
    let mut parent = "";
    for segment in path.split('/').skip(1) {
        let named = ["new", "export", "import", "compare", "draft"].contains(&segment) || segment.contains(".csv");
        let id = PARENTS.contains(&parent) && !named || segment.starts_with(|c: char| c.is_ascii_digit());
        shape += if id { "/*" } else { "/" };
        shape += if id { "" } else { segment };
        parent = segment;
    }
    let names: BTreeSet<&str> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .filter(|name| !name.is_empty() && *name != "lang")
        .collect();
    for name in names {
        shape += &format!(" {name}");
    }
    shape
}

#[test]
fn pages_of_one_kind_have_one_shape() {
    assert_eq!(shape("/why/0123abc?lang=zh"), "/why/*");
    assert_eq!(shape("/methodologies/metro-trip/1.0.0"), "/methodologies/*/*");
    assert_eq!(
        shape("/console/campus/orders?state=held&page=2"),
        "/console/campus/orders page state"
    );
    assert_eq!(shape("/console/campus/rewards/new"), "/console/campus/rewards/new");
}
