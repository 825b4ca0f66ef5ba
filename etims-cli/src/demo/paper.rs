//! The demo's receipts: on the terminal, as HTML, and in a closing table.

use std::path::Path;

use etims_client::device::{Device, Submission};
use etims_core::receipt::{Columns, DeviceIdentity, HtmlPage, PrintOptions, ReceiptView, TextQr};

/// Prints every receipt, writes its HTML and ends with the table.
pub(super) async fn show(device: &Device, signed: &[(Submission, Vec<String>)], out: &Path) -> Result<(), String> {
    std::fs::create_dir_all(out).map_err(|error| format!("cannot make {}: {error}", out.display()))?;
    let mut table = vec![["reference", "CU invoice number", "total", "tax", "signature", "QR"].map(str::to_owned)];
    for (submission, _) in signed {
        let issued = device.receipt(submission.reference()).await.map_err(|error| error.to_string())?;
        let issued = issued.ok_or_else(|| format!("{} has no receipt", submission.reference()))?;
        let unit = DeviceIdentity { sdc_id: issued.receipt.sdc_id.clone(), mrc_no: issued.receipt.mrc_no.clone() };
        let options = PrintOptions::default();
        let view = ReceiptView::new(&issued.invoice, Some(&issued.receipt), device.seller(), &unit, &options)
            .map_err(|error| error.to_string())?;
        println!("\n{}", view.text(Columns::default(), TextQr::Terminal));
        let file = out.join(format!("{}.html", submission.reference()));
        std::fs::write(&file, view.html(HtmlPage::default()))
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        let url = view.qr_url().unwrap_or_default().to_owned();
        table.push([
            submission.reference().to_owned(),
            format!("{}/{}", unit.sdc_id.unwrap_or_default(), issued.receipt.receipt_number),
            issued.invoice.totals().total().to_string(),
            issued.invoice.totals().total_tax().to_string(),
            issued.receipt.signature.clone(),
            url,
        ]);
    }
    print_table(&table);
    println!("HTML receipts: {}", out.display());
    Ok(())
}

/// Columns as wide as their widest cell; money to the right.
fn print_table(rows: &[[String; 6]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    println!();
    for row in rows {
        println!(
            "{:<reference$}  {:<number$}  {:>total$}  {:>tax$}  {:<signature$}  {}",
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            row[5],
            reference = width(0),
            number = width(1),
            total = width(2),
            tax = width(3),
            signature = width(4),
        );
    }
}
