//! Makes EPUB files: ZIP archives whose files are stored as they are.

/// An EPUB of these chapters, each with a title and the HTML below its heading.
pub(crate) fn epub(title: &str, chapters: &[(&str, &str)]) -> Vec<u8> {
    let (mut items, mut spine, mut toc) = (String::new(), String::new(), String::new());
    let mut files = vec![
        ("mimetype".to_owned(), "application/epub+zip".to_owned()),
        (
            "META-INF/container.xml".to_owned(),
            "<container><rootfiles><rootfile full-path=\"book.opf\"/></rootfiles></container>".to_owned(),
        ),
    ];
    for (number, (title, body)) in (1..).zip(chapters) {
        items.extend([format!(
            "<item id=\"c{number}\" href=\"{number}.xhtml\" media-type=\"application/xhtml+xml\"/>"
        )]);
        spine.extend([format!("<itemref idref=\"c{number}\"/>")]);
        toc.extend([format!("<li><a href=\"{number}.xhtml\">{title}</a></li>")]);
        let page =
            format!("<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>");
        files.push((format!("{number}.xhtml"), page));
    }
    files.push((
        "nav.xhtml".to_owned(),
        format!("<html><body><nav epub:type=\"toc\"><ol>{toc}</ol></nav></body></html>"),
    ));
    files.push((
        "book.opf".to_owned(),
        format!(
            "<package><metadata><dc:title>{title}</dc:title><dc:creator>A. Writer</dc:creator><dc:language>en</dc:language>\
             </metadata><manifest><item id=\"nav\" href=\"nav.xhtml\" properties=\"nav\" media-type=\"application/xhtml+xml\"/>{items}\
             </manifest><spine>{spine}</spine></package>"
        ),
    ));
    archive(&files)
}

fn archive(files: &[(String, String)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let offset = bytes.len() as u32;
        let checksum = crc32(text.as_bytes());
        let mut fields = Vec::new();
        // Version 2.0, no flags, stored, without a time.
        for half in [20_u16, 0, 0, 0, 0] {
            fields.extend(half.to_le_bytes());
        }
        for word in [checksum, text.len() as u32, text.len() as u32] {
            fields.extend(word.to_le_bytes());
        }
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&fields);
        bytes.extend(name.as_bytes());
        bytes.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([(files.len() as u16).to_le_bytes(), (files.len() as u16).to_le_bytes()].concat());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}
