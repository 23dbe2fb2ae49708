use serde_json::json;

use super::*;

fn settings(value: serde_json::Value) -> Result<Settings, serde_json::Error> {
    serde_json::from_value(value)
}

fn refused(value: serde_json::Value) -> String {
    match settings(value).unwrap().build() {
        Err(error) => error.to_string(),
        Ok(model) => panic!("built {:?}", model.identity()),
    }
}

#[test]
fn the_identity_names_host_and_port_but_no_key() {
    let mut settings = settings(json!({"kind": "openai-chat", "model": "m",
        "base_url": "http://127.0.0.1:9/v1", "temperature": 0.2}))
    .unwrap();
    settings.api_key = Some("sk-secret".into());
    assert!(!format!("{settings:?}").contains("sk-secret"));
    let identity = settings.build().unwrap().identity();
    assert_eq!(identity.endpoint, "127.0.0.1:9");
    assert_eq!(
        (identity.model.as_str(), identity.temperature),
        ("m", Some(0.2))
    );
    let own = Settings {
        model: Some("m".to_owned()),
        ..Settings::new(Kind::Anthropic)
    };
    assert_eq!(
        own.build().unwrap().identity().endpoint,
        "api.anthropic.com"
    );
}

#[test]
fn bad_settings_are_refused_by_name() {
    let with = |field: &str, value: serde_json::Value| {
        let mut settings = json!({"kind": "anthropic", "model": "m"});
        settings[field] = value;
        refused(settings)
    };
    for (field, value, says) in [
        ("model", json!(" "), "`model` is not set"),
        ("temperature", json!(1.5), "from 0 to 1"),
        ("max_output_tokens", json!(0), "at least one"),
        ("base_url", json!("api.anthropic.com"), "`base_url`"),
        ("base_url", json!("ftp://x.org"), "https://"),
        (
            "base_url",
            json!("https://me:sk-secret@x.org"),
            "no user or password",
        ),
        (
            "base_url",
            json!("https://x.org/?key=sk-secret"),
            "without `?`",
        ),
        ("script", json!("a.json"), "kind \"scripted\""),
        (
            "extra_body",
            json!({"stream": false}),
            "`stream` is set by Trail",
        ),
        ("retry", json!({"max_attempts": 0}), "`retry.max_attempts`"),
        ("timeouts", json!({"idle_ms": 0}), "`timeouts.idle_ms`"),
    ] {
        let error = with(field, value);
        assert!(error.contains(says), "{field}: {error}");
        assert!(!error.contains("sk-secret"), "{error}");
    }
    let mut settings = Settings {
        model: Some("m".to_owned()),
        ..Settings::new(Kind::Anthropic)
    };
    settings.api_key = Some("sk-sec\nret".into());
    let error = settings.build().err().unwrap().to_string();
    assert!(
        error.contains("`api_key`") && !error.contains("sk-sec"),
        "{error}"
    );
}

#[test]
fn unknown_settings_are_refused_and_a_key_is_one_of_them() {
    for field in ["modle", "api_key"] {
        let mut value = json!({"kind": "anthropic"});
        value[field] = json!("sk-secret");
        let error = settings(value).unwrap_err().to_string();
        assert!(
            error.contains(field) && !error.contains("sk-secret"),
            "{error}"
        );
    }
    assert!(settings(json!({"kind": "gemini"})).is_err());
}

#[test]
fn a_scripted_model_goes_by_its_script() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.json");
    std::fs::write(&path, r#"{"name": "scripted-a", "actions": []}"#).unwrap();
    let scripted = |more: serde_json::Value| {
        let mut value = json!({"kind": "scripted", "script": path});
        value
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        value
    };
    let model = settings(scripted(json!({}))).unwrap().build().unwrap();
    assert_eq!(model.identity().endpoint, "scripted");
    assert!(refused(scripted(json!({"model": "gpt-x"}))).contains("scripted-a"));
    assert!(refused(scripted(json!({"base_url": "http://x"}))).contains("`base_url`"));
    assert!(refused(json!({"kind": "scripted"})).contains("`script` is not set"));
}
