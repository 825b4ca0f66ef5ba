//! The line to KRA: settings, secrets, tokens, transport, look-ups, checkers. One program, so that it links once.

mod auth;
mod checkers;
mod config;
mod delivery;
mod device_news;
mod dialects;
mod hostile;
mod initialise;
mod look_ups;
mod proxy;
mod recording_server;
mod roots;
mod tls_server;
mod vault;
