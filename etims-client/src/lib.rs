//! KRA eTIMS client: authentication, transport, durable outbox and recovery.
