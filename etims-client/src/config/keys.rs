/// One setting: its key in the TOML file, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Dotted key in the file. Its variable is `ETIMS_` and the key in capitals with `_` for the dot.
    pub name: &'static str,
    /// Default in words.
    pub default: &'static str,
    /// One sentence.
    pub meaning: &'static str,
}

impl Key {
    /// Every setting there is, in the order of the documentation.
    pub const ALL: &'static [Key] = &KEYS;

    /// Name of the variable: `ETIMS_TIMEOUTS_WRITE` for `timeouts.write`.
    pub fn variable(&self) -> String {
        variable(self.name)
    }

    pub(super) fn find(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.name == name)
    }
}

pub(super) fn variable(key: &str) -> String {
    format!("ETIMS_{}", key.replace('.', "_").to_ascii_uppercase())
}

const fn key(name: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { name, default, meaning }
}

#[rustfmt::skip]
const KEYS: [Key; 47] = [
    key("environment", "sandbox", "`sandbox` or `production`: which of KRA's systems; credentials, hosts and device are bound to it."),
    key("dialect", "gateway", "`gateway`, `oscu` (direct) or `vscu`: how KRA is spoken to."),
    key("pin", "required", "PIN of the seller."),
    key("branch", "00", "Branch, two digits; 00 is the head office."),
    key("serial", "required", "Serial number of the device as KRA approved it."),
    key("seller.trade_name", "none", "Name over the shop, printed whole, sent cut to 20 characters."),
    key("seller.address", "none", "Street address, printed and sent."),
    key("seller.city", "none", "Town, after the address."),
    key("seller.top_message", "none", "Message above the lines of every receipt."),
    key("seller.bottom_message", "none", "Message at the foot of every receipt."),
    key("device.convention", "k1", "What the taxable amount means: `k1`, and off the gateway `k2` (VSCU) or `k3`."),
    key("device.rates", "by dialect", "Rates of the bands in percent: `A=0,B=16,C=0,D=0,E=8`. Whether the gateway takes 8 % is unknown."),
    key("device.read_codes", "24", "Hours between readings of KRA's code list (rates, payment methods); 0 for never."),
    key("device.invoice_counter", "branch", "What KRA's invoice numbers count over: `branch` or `pin`. Set it before the first document."),
    key("device.stock_counter", "pin", "What KRA's numbers of stock movements count over: `pin` or `branch`."),
    key("device.discount_wire", "by dialect", "How discounts travel: `price`, `rate_before` or `rate_after`. What `dcRt` is a percentage of is unknown."),
    key("device.fraction_policy", "rounded_quantity_exact_amount", "Quantities of more than two decimals: `rounded_quantity_exact_amount`, `single_unit` or `adjust_price`."),
    key("device.packages", "1", "Packages on lines that name none. Known to be right for packaging NT only."),
    key("device.walk_in_name", "Walk-in customer", "Buyer's name when there is none: a sale without a name can never be credited."),
    key("device.allow_zero_rate_e", "false", "Whether a line in band E may be sent while its rate is 0 %."),
    key("device.vat_registered", "true", "Whether the seller is registered for VAT; others send band D only."),
    key("hosts.base", "KRA's", "Base address of the dialect's calls. The gateway's production host is unconfirmed: ask KRA."),
    key("hosts.token", "KRA's", "Address of the token call, without its query."),
    key("hosts.checkers", "KRA's", "Base address of the GavaConnect checkers."),
    key("secrets.source", "variables", "Where credentials come from: `variables`, `file` or `keyring`."),
    key("secrets.file", "none", "The file of secrets, for `secrets.source = \"file\"`; mode 0600."),
    key("store.path", "etims.db in the user's data directory", "The SQLite file, or a `postgres://` address."),
    key("vault.key_file", "vault.key in the user's configuration directory", "The file with the encryption keys; never beside the store. `none`: the keys come from `secrets.source`."),
    key("timeouts.connect", "10", "Seconds for name look-up, connection and TLS together."),
    key("timeouts.read", "60", "Longest pause inside an answer, in seconds."),
    key("timeouts.write", "120", "Seconds for a call that KRA records, from connecting to the last byte."),
    key("timeouts.look_up", "120", "Seconds for a look-up."),
    key("timeouts.classification", "1800", "Seconds for the item classification list, which is large and slow."),
    key("network.proxy", "none", "HTTP proxy, such as `http://proxy.example:3128`."),
    key("network.roots", "bundled", "Trusted authorities: `bundled`, `platform`, or the path of a PEM file."),
    key("network.largest_answer", "64", "Largest answer in MiB, as it arrives and decompressed."),
    key("network.slow_after", "10", "Seconds after which a call counts as slow."),
    key("limits.per_hour", "5400; none for a VSCU", "Calls an hour in the long run; 0 for no limit. KRA publishes no figure."),
    key("limits.burst", "30", "Calls at once after a quiet time."),
    key("retry.tries", "4", "Tries of one look-up. Writes are repeated by the outbox alone."),
    key("retry.budget", "10", "Retries in stock for all look-ups together; ten successes earn one."),
    key("breaker.failures", "5; never for a VSCU", "Failures in a row after which KRA is left alone for a while; 0 for never."),
    key("breaker.pause", "10", "Seconds of the first pause; it doubles up to 120."),
    key("vscu.warn_after", "12", "Hours without an answered look-up after which a VSCU counts as nearly offline."),
    key("vscu.refuse_after", "23.5", "Hours without an answered look-up after which no new invoice is taken."),
    key("vscu.probe_every", "60", "Minutes between look-ups that keep the contact."),
    key("checkers.keep", "24", "Hours for which an answer of a checker is kept."),
];
