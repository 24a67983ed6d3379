//! Passkeys, with an authenticator made of software.

use app::{Caller, Error, Proof, Refused, Site};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::testing::each_engine;

use crate::world::{World, refused};

/// A device with one passkey for a site.
struct Device {
    key: SigningKey,
    id: Vec<u8>,
    user: String,
    count: u32,
    origin: &'static str,
}

impl Device {
    fn new(number: u8, origin: &'static str) -> Self {
        Device {
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
            id: vec![number; 32],
            user: String::new(),
            count: 0,
            origin,
        }
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> String {
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false}).to_string()
    }

    fn head(&mut self, rp: &str, flags: u8) -> Vec<u8> {
        self.count += 1;
        let mut data = Sha256::digest(rp.as_bytes()).to_vec();
        data.push(flags);
        data.extend(self.count.to_be_bytes());
        data
    }

    /// `navigator.credentials.create`.
    fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        options["user"]["id"].as_str().unwrap().clone_into(&mut self.user);
        let client_data = self.client_data("webauthn.create", &options["challenge"]);
        let mut data = self.head(options["rp"]["id"].as_str().unwrap(), 0x45);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        let point = self.key.verifying_key().to_encoded_point(false);
        // COSE: key type EC2, algorithm ES256, curve P-256, x, y
        data.extend([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 32]);
        data.extend(point.y().unwrap());
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(&data);
        self.answer(&json!({
            "clientDataJSON": BASE64.encode(client_data),
            "attestationObject": BASE64.encode(object),
            "transports": ["internal"],
        }))
    }

    /// `navigator.credentials.get`.
    fn get(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let client_data = self.client_data("webauthn.get", &options["challenge"]);
        let data = self.head(options["rpId"].as_str().unwrap(), 0x05);
        let signed = [&data[..], &Sha256::digest(client_data.as_bytes())].concat();
        let signature: Signature = self.key.sign(&signed);
        self.answer(&json!({
            "clientDataJSON": BASE64.encode(client_data),
            "authenticatorData": BASE64.encode(data),
            "signature": BASE64.encode(signature.to_der()),
            "userHandle": self.user,
        }))
    }

    /// As the script of the pages sends it.
    fn answer(&self, response: &Value) -> String {
        let id = BASE64.encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": response,
        })
        .to_string()
    }
}

const HERE: &str = "https://carbon.example";

fn code<T>(outcome: Result<T, Error>) -> &'static str {
    refused(outcome.map(|_| ())).unwrap_err().code()
}

async fn add(world: &World, caller: &Caller, site: &Site, device: &mut Device) -> Result<(), Error> {
    let options = world.app.begin_passkey(caller, site).await?;
    let answer = device.create(&options);
    world.app.finish_passkey(caller, site, " my phone ", &answer).await
}

#[tokio::test]
async fn a_passkey_signs_its_owner_in_until_it_is_removed() {
    each_engine("passkeys", async |store| {
        let world = World::new(&store).await;
        let (app, site) = (&world.app, Site::of(HERE).unwrap());
        let li = world.enrol("li").await;
        let (caller, _) = world.signed_in("li@demo.example", &[li]).await;
        let mut phone = Device::new(7, HERE);
        add(&world, &caller, &site, &mut phone).await.unwrap();
        let known = app.passkeys(&caller).await.unwrap();
        assert_eq!((known.len(), known[0].name.as_str()), (1, "my phone"));
        assert_eq!(
            code(add(&world, &caller, &site, &mut phone).await),
            "passkey.refused",
            "once is enough"
        );

        let answer = phone.get(&app.begin_sign_in(&site).unwrap());
        let session = app.finish_sign_in(&site, &answer).await.unwrap();
        let signed = app.caller(&session.token).await.unwrap();
        assert_eq!(signed.participants(), [(world.programme.id, li)]);
        assert_eq!(
            code(app.finish_sign_in(&site, &answer).await),
            "passkey.refused",
            "an answer works once"
        );
        assert!(app.passkeys(&caller).await.unwrap()[0].used_us.is_some());

        let id = known[0].id.clone();
        app.rename_passkey(&caller, &id, "old phone").await.unwrap();
        let wang = world.enrol("wang").await;
        let (stranger, _) = world.signed_in("wang@demo.example", &[wang]).await;
        app.remove_passkey(&stranger, &id).await.unwrap();
        assert_eq!(app.passkeys(&caller).await.unwrap()[0].name, "old phone");
        app.remove_passkey(&caller, &id).await.unwrap();
        let answer = phone.get(&app.begin_sign_in(&site).unwrap());
        assert_eq!(code(app.finish_sign_in(&site, &answer).await), "passkey.refused");
    })
    .await;
}

#[tokio::test]
async fn what_is_signed_elsewhere_by_others_or_by_a_copy_signs_nobody_in() {
    each_engine("passkeys refused", async |store| {
        let world = World::new(&store).await;
        let (app, site) = (&world.app, Site::of(HERE).unwrap());
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        let (li, _) = world.signed_in("li@demo.example", &[li]).await;
        let (wang, _) = world.signed_in("wang@demo.example", &[wang]).await;
        let mut phone = Device::new(7, HERE);
        add(&world, &li, &site, &mut phone).await.unwrap();

        // a ceremony that somebody else began
        let options = app.begin_passkey(&li, &site).await.unwrap();
        let answer = Device::new(8, HERE).create(&options);
        assert_eq!(
            code(app.finish_passkey(&wang, &site, "mine", &answer).await),
            "passkey.refused"
        );
        // another site, in either ceremony
        let mut fished = Device::new(9, "https://carbon.example.evil");
        assert_eq!(code(add(&world, &li, &site, &mut fished).await), "passkey.refused");
        let refuse = async |device: &mut Device| {
            let answer = device.get(&app.begin_sign_in(&site).unwrap());
            code(app.finish_sign_in(&site, &answer).await)
        };
        phone.origin = "https://carbon.example.evil";
        assert_eq!(refuse(&mut phone).await, "passkey.refused");
        phone.origin = HERE;
        // another key under the same id
        let right = std::mem::replace(&mut phone.key, SigningKey::from_slice(&[1; 32]).unwrap());
        assert_eq!(refuse(&mut phone).await, "passkey.refused");
        phone.key = right;
        // somebody else's number
        let user = std::mem::replace(&mut phone.user, BASE64.encode([1; 8]));
        assert_eq!(refuse(&mut phone).await, "passkey.refused");
        phone.user = user;
        // a copy of the device, whose counter has fallen behind
        let answer = phone.get(&app.begin_sign_in(&site).unwrap());
        app.finish_sign_in(&site, &answer).await.unwrap();
        phone.count -= 2;
        assert_eq!(refuse(&mut phone).await, "passkey.refused");
        phone.count += 2;
        // noise
        for noise in ["", "{}", "[]", "null", "{\"id\":\"\"}"] {
            assert_eq!(
                code(app.finish_sign_in(&site, noise).await),
                "passkey.refused",
                "{noise}"
            );
        }

        // leaving needs a passkey of one's own
        let id = wang.participants()[0].1;
        let answer = phone.get(&app.begin_sign_in(&site).unwrap());
        let proof = Proof::Passkey(&answer);
        let left = app.leave(&wang, &world.programme, id, Some(&site), &proof).await;
        assert_eq!(refused(left), Err(Refused::Credentials));
        let id = li.participants()[0].1;
        let answer = phone.get(&app.begin_sign_in(&site).unwrap());
        let proof = Proof::Passkey(&answer);
        assert!(app.leave(&li, &world.programme, id, Some(&site), &proof).await.unwrap());
        assert_eq!(refuse(&mut phone).await, "passkey.refused");
    })
    .await;
}
