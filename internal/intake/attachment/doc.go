// Package attachment looks at a file that somebody attaches to a letter, an
// agreement or a permit before it is kept.
//
//	name, bytes -> Check -> media type and notes, or why the file is refused
//
// A file is taken where its content is what its name says, of a kind that the
// program can look into: PDF, PNG, JPEG, XLSX, DOCX, ODT, TXT, CSV. What is
// encrypted, carries programs (macros, scripts) or hides files is refused, and so
// is a file with a run of 16 digits, which may be somebody's identity number (NIK,
// KK): the refusal says where it stands and shows its last two digits. What cannot
// be looked into, such as a scan, is a note and no refusal.
//
// Files come from anywhere. PDFs are read by PDFium inside WebAssembly, without
// files or network, with bounded memory and time, and a new one for each file;
// archives are bounded before they are unpacked. One file is looked at at a time.
package attachment
