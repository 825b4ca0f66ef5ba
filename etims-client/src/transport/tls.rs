use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Which certificate authorities are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roots {
    /// Mozilla's list as it was when this library was built: the same everywhere.
    #[default]
    Bundled,
    /// Those of the operating system, for networks that inspect TLS with an authority of their own.
    Platform,
    /// Only those of a PEM file.
    File(PathBuf),
}

/// Why the trusted authorities could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootsError {
    /// The PEM file cannot be read or holds no usable certificate.
    #[error("no certificate authority could be read from {path}: {reason}")]
    File {
        /// The file named in the settings.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The operating system's verifier cannot be used here.
    #[error("the operating system's certificate authorities cannot be used: {0}; use the bundled ones")]
    Platform(String),
}

/// TLS 1.2 and 1.3 on ring, HTTP/1.1 only.
pub(super) fn client_config(roots: &Roots) -> Result<ClientConfig, RootsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3");
    let mut config = match roots {
        Roots::Bundled => builder
            .with_root_certificates(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
            .with_no_client_auth(),
        Roots::Platform => {
            let verifier = rustls_platform_verifier::Verifier::new(provider)
                .map_err(|error| RootsError::Platform(error.to_string()))?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
        }
        Roots::File(path) => {
            let wrong = |reason: String| RootsError::File { path: path.clone(), reason };
            let mut store = RootCertStore::empty();
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))? {
                let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                store.add(certificate).map_err(|error| wrong(error.to_string()))?;
            }
            if store.is_empty() {
                return Err(wrong("it holds no certificate".to_owned()));
            }
            builder.with_root_certificates(store).with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
