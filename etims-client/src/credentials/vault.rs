//! Encryption at rest: the communication key and KRA's raw initialisation answer are worth as much as the device itself,
//! since KRA hands them out once.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use etims_core::wire::Environment;
use rand::TryRngCore;
use zeroize::Zeroizing;

use super::key_ring::{KEY_ID_BYTES, KeyRing, VaultKey};

/// First bytes of everything sealed; the digit is the layout's version.
const MAGIC: &[u8; 4] = b"ETV1";
const NONCE_BYTES: usize = 24;
/// Sealed bytes are this much longer than what they hold: mark, key id, nonce, authentication tag.
const HEAD_BYTES: usize = MAGIC.len() + KEY_ID_BYTES + NONCE_BYTES;

/// Whose secret it is. A secret sealed for one device cannot be opened for another, nor in another environment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    /// KRA's test or live system.
    pub environment: Environment,
    /// PIN of the taxpayer.
    pub pin: &'a str,
    /// Branch, two digits.
    pub branch: &'a str,
    /// The device's serial number as KRA approved it.
    pub serial: &'a str,
}

impl Binding<'_> {
    /// Unambiguous bytes: every part is preceded by its length.
    fn associated_data(&self) -> Vec<u8> {
        let mut data = MAGIC.to_vec();
        for part in [self.environment.name(), self.pin, self.branch, self.serial] {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
        data
    }
}

impl fmt::Debug for Binding<'_> {
    /// Without the PIN, which may be a person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binding")
            .field("environment", &self.environment)
            .field("branch", &self.branch)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

/// Why something could not be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The key it was sealed with is not in the key ring.
    #[error(
        "sealed with key {key_id}, which the key file does not hold: bring back the backup of the key file \
         (`etims key restore`)"
    )]
    KeyMissing {
        /// The key's public name.
        key_id: String,
    },
    /// Altered, cut short, or sealed for another device or environment.
    #[error(
        "the sealed secret does not open: it was altered, or it belongs to another environment, PIN, branch or serial; \
         if the database was restored, restore the one that belongs to this device"
    )]
    DoesNotOpen,
    /// Not something that this library sealed.
    #[error("this is not a sealed secret (no ETV1 mark)")]
    NotSealed,
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers: {0}")]
    NoRandomness(String),
}

/// Seals and opens secrets with the keys of a [`KeyRing`]: XChaCha20-Poly1305 with the device as associated data.
pub struct Vault {
    ring: KeyRing,
}

impl Vault {
    /// A vault with these keys.
    pub fn new(ring: KeyRing) -> Vault {
        Vault { ring }
    }

    /// The keys.
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// Encrypts with the newest key, bound to the device.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn seal(&self, secret: &[u8], binding: &Binding<'_>) -> Result<Vec<u8>, VaultError> {
        let key = self.ring.newest();
        let mut nonce = [0; NONCE_BYTES];
        rand::rngs::OsRng.try_fill_bytes(&mut nonce).map_err(|error| VaultError::NoRandomness(error.to_string()))?;
        let sealed = cipher(key)
            .encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: &binding.associated_data() })
            .expect("a secret is shorter than the cipher's limit of 256 GiB");
        let mut bytes = Vec::with_capacity(HEAD_BYTES + sealed.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(key.id());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    /// Decrypts what [`Vault::seal`] made for the same device, with whichever key it was sealed.
    ///
    /// # Errors
    /// See [`VaultError`]; nothing of the secret is in the error.
    pub fn open(&self, sealed: &[u8], binding: &Binding<'_>) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let id = key_id(sealed)?;
        let key = self.ring.key(id).ok_or_else(|| VaultError::KeyMissing { key_id: super::key_ring::hex(id) })?;
        let (nonce, body) = sealed[MAGIC.len() + KEY_ID_BYTES..].split_at(NONCE_BYTES);
        let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).expect("split at the nonce's length");
        cipher(key)
            .decrypt(&XNonce::from(nonce), Payload { msg: body, aad: &binding.associated_data() })
            .map(Zeroizing::new)
            .map_err(|_| VaultError::DoesNotOpen)
    }

    /// Whether it was sealed with an older key than the newest: to be sealed again after a rotation.
    ///
    /// # Errors
    /// [`VaultError::NotSealed`].
    pub fn is_outdated(&self, sealed: &[u8]) -> Result<bool, VaultError> {
        Ok(key_id(sealed)? != self.ring.newest().id())
    }

    /// Opens with the old key and seals with the newest.
    ///
    /// # Errors
    /// As [`Vault::open`] and [`Vault::seal`].
    pub fn reseal(&self, sealed: &[u8], binding: &Binding<'_>) -> Result<Vec<u8>, VaultError> {
        self.seal(&self.open(sealed, binding)?, binding)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("ring", &self.ring).finish()
    }
}

fn cipher(key: &VaultKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

fn key_id(sealed: &[u8]) -> Result<&[u8; KEY_ID_BYTES], VaultError> {
    if sealed.len() < HEAD_BYTES || !sealed.starts_with(MAGIC) {
        return Err(VaultError::NotSealed);
    }
    sealed[MAGIC.len()..].first_chunk().ok_or(VaultError::NotSealed)
}
