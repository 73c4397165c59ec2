package attachment

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// macros are the ends of names of office files that carry programs.
var macros = map[string]bool{".docm": true, ".dotm": true, ".xlsm": true, ".xltm": true, ".xlam": true, ".xlsb": true, ".pptm": true}

// archive is an office file that was opened: its parts by name.
type archive struct {
	*file
	parts map[string]*zip.File
	names []string // in order
	left  int64    // bytes that may still be unpacked
}

// open opens an office file and refuses what is encrypted, holds programs or is
// made to fill the memory.
func open(f *file) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(f.content), int64(len(f.content)))
	if err != nil {
		return nil, f.broken()
	}
	a := &archive{file: f, parts: map[string]*zip.File{}, left: maxUnpacked}
	var total uint64
	for _, p := range z.File {
		total += p.UncompressedSize64
		if len(z.File) > maxParts || p.UncompressedSize64 > maxUnpacked || total > maxUnpacked {
			return nil, f.refuse("unpacks", "most", maxUnpacked>>20)
		}
		if p.Flags&1 != 0 { // encrypted, by the ZIP's own way
			return nil, f.refuse("encrypted")
		}
		name := strings.TrimPrefix(p.Name, "/")
		if _, twice := a.parts[name]; twice {
			return nil, f.broken()
		}
		lower := strings.ToLower(name)
		if strings.Contains(lower, "vbaproject") || strings.HasPrefix(lower, "basic/") || strings.HasPrefix(lower, "scripts/") || strings.Contains(lower, "/activex/") || strings.Contains(lower, "/macrosheets/") {
			return nil, f.refuse("macro")
		}
		a.parts[name] = p
		a.names = append(a.names, name)
	}
	slices.Sort(a.names)
	return a, nil
}

// unpack gives a part's content; nil where there is none.
func (a *archive) unpack(name string) ([]byte, error) {
	p, ok := a.parts[name]
	if !ok {
		return nil, nil
	}
	r, err := p.Open()
	if err != nil {
		return nil, a.broken()
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, a.left+1))
	if int64(len(b)) > a.left {
		return nil, a.refuse("unpacks", "most", maxUnpacked>>20)
	}
	if err != nil {
		return nil, a.broken()
	}
	a.left -= int64(len(b))
	return b, nil
}

// contentTypes is [Content_Types].xml of an Office Open XML file.
type contentTypes struct {
	Overrides []struct {
		Part string `xml:"PartName,attr"`
		Type string `xml:"ContentType,attr"`
	} `xml:"Override"`
}

// openXML opens an Office Open XML file whose main part is of a type.
func openXML(f *file, main string) (*archive, error) {
	a, err := open(f)
	if err != nil {
		return nil, err
	}
	b, err := a.unpack("[Content_Types].xml")
	if err != nil {
		return nil, err
	}
	var types contentTypes
	if b == nil || xml.Unmarshal(b, &types) != nil {
		return nil, f.refuse("type-office", "extension", path.Ext(f.name))
	}
	found := false
	for _, o := range types.Overrides {
		if strings.Contains(strings.ToLower(o.Type), "macroenabled") {
			return nil, f.refuse("macro")
		}
		found = found || o.Type == main
	}
	if !found {
		return nil, f.refuse("type-office", "extension", path.Ext(f.name))
	}
	a.pictures("media/", "embeddings/")
	return a, nil
}

// pictures notes what lies within and cannot be looked into.
func (a *archive) pictures(folders ...string) {
	var n, files int
	for _, name := range a.names {
		switch {
		case strings.HasSuffix(name, "/"):
		case strings.Contains(name, folders[0]):
			n++
		case strings.Contains(name, folders[1]):
			files++
		}
	}
	if n > 0 {
		a.notes = append(a.notes, Note{"pictures", map[string]any{"n": n}})
	}
	if files > 0 {
		a.notes = append(a.notes, Note{"embedded", map[string]any{"n": files}})
	}
}

// lookDOCX reads the paragraphs of a document and of what belongs to it.
func lookDOCX(_ context.Context, f *file) error {
	a, err := openXML(f, "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml")
	if err != nil {
		return err
	}
	if a.parts["word/document.xml"] == nil {
		return f.broken()
	}
	return a.walk("word/document.xml")
}

// lookODT does the same for an OpenDocument text.
func lookODT(_ context.Context, f *file) error {
	a, err := open(f)
	if err != nil {
		return err
	}
	mime, err := a.unpack("mimetype")
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(mime)) != "application/vnd.oasis.opendocument.text" {
		return f.refuse("type-office", "extension", path.Ext(f.name))
	}
	manifest, err := a.unpack("META-INF/manifest.xml")
	if err != nil {
		return err
	}
	if bytes.Contains(manifest, []byte("encryption-data")) {
		return f.refuse("encrypted")
	}
	if a.parts["content.xml"] == nil {
		return f.broken()
	}
	a.pictures("Pictures/", "Object ")
	return a.walk("content.xml")
}

// lookXLSX reads the cells of a workbook, sheet by sheet, and what belongs to it.
func lookXLSX(ctx context.Context, f *file) error {
	a, err := openXML(f, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml")
	if err != nil {
		return err
	}
	// All in memory: what is unpacked may not reach the disk.
	book, err := excelize.OpenReader(bytes.NewReader(f.content), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked})
	if err != nil {
		return f.broken()
	}
	defer book.Close()
	for _, sheet := range book.GetSheetList() {
		f.read(sheet, "properties")
		rows, err := book.Rows(sheet)
		if err != nil {
			continue // a sheet of charts has no rows
		}
		for n := 1; rows.Next(); n++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			cells, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				return f.broken()
			}
			for _, cell := range cells {
				f.read(whole(cell), "sheet", "sheet", sheet, "n", n)
			}
		}
		if rows.Error() != nil {
			return f.broken()
		}
		_ = rows.Close()
	}
	return a.walk("")
}

// whole writes a whole number that a workbook keeps as 3.507123456789012E15 with
// all its digits.
func whole(cell string) string {
	if !strings.ContainsAny(cell, "eE") {
		return cell
	}
	x, err := strconv.ParseFloat(cell, 64)
	if err != nil || x < 1e15 || x >= 1e16 {
		return cell
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

// walk reads the texts of all XML parts but those that cells are made of. In the
// main one and in those like it a text is a paragraph; in others, an element.
func (a *archive) walk(main string) error {
	for _, name := range a.names {
		if ext := strings.ToLower(path.Ext(name)); ext != ".xml" || strings.HasPrefix(name, "xl/worksheets/") || name == "xl/sharedStrings.xml" || name == "[Content_Types].xml" || name == "META-INF/manifest.xml" {
			continue
		}
		b, err := a.unpack(name)
		if err != nil {
			return err
		}
		if err := a.texts(b, name, name == main); err != nil {
			return a.broken()
		}
	}
	return nil
}

func (a *archive) texts(b []byte, name string, main bool) error {
	paragraphs := main || strings.HasPrefix(name, "word/") || name == "styles.xml"
	var text strings.Builder
	n := 1
	read := func(s string) {
		if main {
			a.read(s, "paragraph", "n", n)
		} else {
			a.read(s, "part", "part", name)
		}
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			read(text.String())
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			switch t.Name.Local {
			case "tab", "br", "cr", "s", "line-break":
				text.WriteByte(' ')
			}
			for _, at := range t.Attr {
				switch at.Name.Local { // of pictures, cells and fields
				case "descr", "title", "alt", "value", "string-value", "author":
					read(at.Value)
				}
			}
		case xml.EndElement:
			if !paragraphs || t.Name.Local == "p" || t.Name.Local == "h" {
				read(text.String())
				text.Reset()
				if t.Name.Local == "p" || t.Name.Local == "h" {
					n++
				}
			}
		}
	}
}
