//! The committed document of the API is the one that the code makes.

#[test]
fn the_committed_openapi_document_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json");
    let made = serde_json::to_string_pretty(&web::openapi()).unwrap() + "\n";
    if std::env::var_os("PUHUI_BLESS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        made == kept,
        "docs/api/openapi.json is out of date: run this test with PUHUI_BLESS=1"
    );
    let document: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"].as_object().unwrap().len() > 20);
}
