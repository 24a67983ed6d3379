//! WeChat: the steps of the last thirty days, encrypted by WeChat with the key of the participant's session.
//!
//! Shape: decrypt (AES-128-CBC, PKCS#7), read, and believe it only with the watermark of our own app and of a moment
//! ago. There is no signature inside, so what cannot be decrypted and what decrypts to nonsense are told alike.

use std::collections::BTreeMap;

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::evidence::StepsFacts;
use domain::evidence::steps::WECHAT;
use domain::measure::Day;
use serde::Deserialize;
use thiserror::Error;

/// The data may be so many seconds old, or ahead of our clock: the app sends it as soon as it has it.
pub const FRESH_S: i64 = 10 * 60;

/// Characters of the encrypted text; thirty days take about two thousand.
const ENCRYPTED_MAX: usize = 64 * 1024;
/// Days that are taken; WeChat sends thirty or thirty-one.
const DAYS_MAX: usize = 100;
/// WeChat counts days by Beijing time, wherever the phone is.
const BEIJING_S: i64 = 8 * 3600;
const DAY_S: i64 = 86_400;

/// Why the data is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WechatError {
    /// The session key is not the base64 of 16 bytes.
    #[error("the session with WeChat cannot be used: sign in again")]
    Session,
    /// The initialisation vector is not the base64 of 16 bytes, or the data no base64, or too long.
    #[error("the data is not as WeChat hands it out: send iv and encryptedData unchanged")]
    Form,
    /// It cannot be decrypted to what it should be: the session has changed since, or somebody changed the data.
    #[error("the data cannot be read with this session: sign in again, then ask WeChat for the steps again")]
    Damaged,
    /// It was made for another mini-programme.
    #[error("the data was made for another mini-programme")]
    OtherApp,
    /// It is older than [`FRESH_S`], or as much ahead.
    #[error("the data is {seconds} s old, more than {FRESH_S}: ask WeChat for the steps again")]
    Old {
        /// Seconds since WeChat made it; negative if it is ahead of our clock.
        seconds: i64,
    },
    /// It is WeChat's, but holds no steps.
    #[error("the data holds no steps: send what wx.getWeRunData hands out")]
    NoSteps,
}

impl WechatError {
    /// A stable name for machines and message files.
    pub const fn code(&self) -> &'static str {
        match self {
            WechatError::Session => "steps.wechat_session",
            WechatError::Form => "steps.wechat_form",
            WechatError::Damaged => "steps.wechat_damaged",
            WechatError::OtherApp => "steps.wechat_app",
            WechatError::Old { .. } => "steps.wechat_old",
            WechatError::NoSteps => "steps.wechat_none",
        }
    }
}

#[derive(Deserialize)]
struct Plain {
    watermark: Watermark,
    #[serde(default, rename = "stepInfoList")]
    days: Option<Vec<One>>,
}

#[derive(Deserialize)]
struct Watermark {
    appid: String,
    /// Seconds since the epoch.
    timestamp: i64,
}

#[derive(Deserialize)]
struct One {
    /// Seconds since the epoch, somewhere in the day.
    timestamp: i64,
    step: u32,
}

/// Decrypts what `wx.getWeRunData` handed out: `session_key`, `iv` and `encrypted` in base64, as they came. The day that
/// is not over is among the days, with what was walked until then.
pub fn open(
    session_key: &str,
    iv: &str,
    encrypted: &str,
    app_id: &str,
    now_us: i64,
) -> Result<Vec<StepsFacts>, WechatError> {
    let key = sixteen(session_key).ok_or(WechatError::Session)?;
    let iv = sixteen(iv).ok_or(WechatError::Form)?;
    if encrypted.len() > ENCRYPTED_MAX {
        return Err(WechatError::Form);
    }
    let mut data = BASE64.decode(encrypted.trim()).map_err(|_| WechatError::Form)?;
    let plain = cbc::Decryptor::<Aes128>::new(&key.into(), &iv.into())
        .decrypt_padded::<Pkcs7>(&mut data)
        .map_err(|_| WechatError::Damaged)?;
    let plain: Plain = serde_json::from_slice(plain).map_err(|_| WechatError::Damaged)?;
    if plain.watermark.appid != app_id {
        return Err(WechatError::OtherApp);
    }
    let seconds = now_us.div_euclid(1_000_000).saturating_sub(plain.watermark.timestamp);
    if !(-FRESH_S..=FRESH_S).contains(&seconds) {
        return Err(WechatError::Old { seconds });
    }
    let mut sums: BTreeMap<Day, u32> = BTreeMap::new();
    for one in plain.days.ok_or(WechatError::NoSteps)?.into_iter().take(DAYS_MAX) {
        let day = one.timestamp.saturating_add(BEIJING_S).div_euclid(DAY_S);
        let day = i32::try_from(day).map_err(|_| WechatError::Damaged)?;
        let sum = sums.entry(Day::from_epoch_days(day)).or_default();
        *sum = one.step.max(*sum);
    }
    if sums.is_empty() {
        return Err(WechatError::NoSteps);
    }
    Ok(super::collect::by_sums(WECHAT, &sums))
}

fn sixteen(text: &str) -> Option<[u8; 16]> {
    // the longest base64 of 16 bytes has 24 characters
    let text = Some(text.trim()).filter(|text| text.len() <= 24)?;
    BASE64.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
