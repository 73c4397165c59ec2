package attachment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The limits. A letter with its annexes stays far below them.
const (
	MaxBytes    = 20 << 20 // of the file
	maxUnpacked = 64 << 20 // of what an archive unpacks to, in bytes
	maxParts    = 5000     // of an archive
	maxPages    = 500      // of a PDF
	maxFound    = 10       // places that a refusal names
	maxName     = 200      // characters of the name
	maxTime     = 60 * time.Second
)

// kind is a kind of file that may be attached.
type kind struct {
	name       string
	extensions []string // with the dot, lower case
	media      string
	look       func(context.Context, *file) error
}

var kinds = []kind{
	{"pdf", []string{".pdf"}, "application/pdf", lookPDF},
	{"png", []string{".png"}, "image/png", lookPNG},
	{"jpeg", []string{".jpg", ".jpeg"}, "image/jpeg", lookJPEG},
	{"xlsx", []string{".xlsx"}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", lookXLSX},
	{"docx", []string{".docx"}, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", lookDOCX},
	{"odt", []string{".odt"}, "application/vnd.oasis.opendocument.text", lookODT},
	{"txt", []string{".txt"}, "text/plain; charset=utf-8", lookText},
	{"csv", []string{".csv"}, "text/csv; charset=utf-8", lookText},
}

// Extensions lists the ends of names that are taken, for a form's file field.
func Extensions() []string {
	var all []string
	for _, k := range kinds {
		all = append(all, k.extensions...)
	}
	return all
}

// Note is what whoever attaches a file should know of it.
type Note struct {
	Code   string         // attachment.note.CODE in the catalogue
	Values map[string]any // of its placeholders
}

// Text is the note in a language.
func (n Note) Text(l i18n.Lang) string { return i18n.Text(l, "attachment.note."+n.Code, n.Values) }

// Checked is a file that may be kept.
type Checked struct {
	Name  string // without a path
	Type  string // media type of its content
	Notes []Note // what could not be looked into
}

// file is a file that is being looked at.
type file struct {
	name    string
	content []byte
	notes   []Note
	found   problem.List // identity numbers, each with its place
	more    int          // those beyond maxFound
}

// one lets one file be looked at at a time, so that memory stays bounded.
var one = make(chan struct{}, 1)

// Check looks at a file by the name that it was given. Errors: problems that say
// why it is refused; the error of ctx.
func Check(ctx context.Context, name string, content []byte) (_ Checked, err error) {
	name = path.Base(strings.ReplaceAll(strings.TrimSpace(name), `\`, "/"))
	if name == "." || name == "/" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) || len([]rune(name)) > maxName {
		return Checked{}, problem.New("attachment-name", "most", maxName, "field", "file")
	}
	extension := strings.ToLower(path.Ext(name))
	if macros[extension] {
		return Checked{}, problem.New("attachment-macro", "name", name, "field", "file")
	}
	i := slices.IndexFunc(kinds, func(k kind) bool { return slices.Contains(k.extensions, extension) })
	if i < 0 {
		return Checked{}, problem.New("attachment-kind", "name", name, "expected", Extensions(), "field", "file")
	}
	switch {
	case len(content) == 0:
		return Checked{}, problem.New("attachment-empty", "name", name, "field", "file")
	case len(content) > MaxBytes:
		return Checked{}, problem.New("attachment-large", "name", name, "found", (len(content)+1<<20-1)>>20, "most", MaxBytes>>20, "field", "file")
	}
	if identity := registry.IdentityNumbers(name); len(identity) > 0 {
		return Checked{}, problem.New("attachment-identity-name", "found", identity[0], "field", "file")
	}
	if err := is(name, kinds[i].name, content); err != nil {
		return Checked{}, err
	}
	limited, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	select {
	case one <- struct{}{}:
		defer func() { <-one }()
	case <-limited.Done():
		return Checked{}, slow(ctx, name)
	}
	f := &file{name: name, content: content}
	defer func() {
		// What reads a file that somebody made up may fail in any way.
		if r := recover(); r != nil {
			err = f.broken()
		}
	}()
	if err := kinds[i].look(limited, f); err != nil {
		if limited.Err() != nil {
			return Checked{}, slow(ctx, name)
		}
		return Checked{}, err
	}
	if len(f.found) > 0 {
		if f.more > 0 {
			f.found = append(f.found, problem.New("attachment-identity-more", "n", f.more, "field", "file"))
		}
		return Checked{}, f.found
	}
	return Checked{Name: name, Type: kinds[i].media, Notes: f.notes}, nil
}

// slow is the error of a file that took too long, unless the caller gave up.
func slow(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return problem.New("attachment-slow", "name", name, "field", "file")
}

// refuse is a problem of the file.
func (f *file) refuse(code string, values ...any) error {
	return problem.New("attachment-"+code, append([]any{"name", f.name, "field", "file"}, values...)...)
}

func (f *file) broken() error { return f.refuse("broken") }

// read searches a text at a place; the place is a code of
// problem.attachment-identity-PLACE with its values.
func (f *file) read(text, place string, values ...any) {
	for _, shown := range registry.IdentityNumbers(text) {
		if len(f.found) == maxFound {
			f.more++
			continue
		}
		f.found = append(f.found, problem.New("attachment-identity-"+place, append([]any{"name", f.name, "found", shown, "field", "file"}, values...)...))
	}
}

// signs are the beginnings of files by which their content is known.
var signs = []struct{ kind, sign string }{
	{"pdf", "%PDF-"}, {"png", "\x89PNG\r\n\x1a\n"}, {"jpeg", "\xff\xd8\xff"}, {"zip", "PK\x03\x04"}, {"zip", "PK\x05\x06"}, {"ole", compound},
	{"rtf", `{\rtf`}, {"gif", "GIF8"}, {"tiff", "II*\x00"}, {"tiff", "MM\x00*"}, {"program", "MZ"}, {"program", "\x7fELF"}, {"rar", "Rar!\x1a\x07"}, {"7z", "7z\xbc\xaf\x27\x1c"},
}

// formats are what those kinds are called.
var formats = map[string]string{"pdf": "PDF", "png": "PNG", "jpeg": "JPEG", "zip": "ZIP", "ole": "Office 97-2003", "rtf": "RTF", "gif": "GIF", "tiff": "TIFF",
	"program": "EXE/ELF", "rar": "RAR", "7z": "7-Zip"}

// compound begins files of the Office of before 2007, and encrypted ones of today.
const compound = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// encryptedPackage is a stream's name in UTF-16, as encrypted office files have it.
var encryptedPackage = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

// is says what is wrong where the content does not begin as its kind does.
func is(name, expected string, content []byte) error {
	found := "text"
	for _, s := range signs {
		if bytes.HasPrefix(content, []byte(s.sign)) {
			found = s.kind
			break
		}
	}
	if found == "program" && !bytes.ContainsRune(content[:min(len(content), 512)], 0) {
		found = "text" // a text may begin with the letters MZ
	}
	if found == "text" && bytes.IndexByte(content[:min(len(content), 8000)], 0) >= 0 {
		found = "binary"
	}
	want := map[string]string{"xlsx": "zip", "docx": "zip", "odt": "zip", "txt": "text", "csv": "text"}[expected]
	if want == "" {
		want = expected
	}
	switch {
	case found == want, want == "text" && found == "binary": // looked at as a whole later
		return nil
	case found == "ole" && want == "zip" && bytes.Contains(content, encryptedPackage):
		return problem.New("attachment-encrypted", "name", name, "field", "file")
	}
	code := "attachment-type"
	if found == "text" || found == "binary" {
		code += "-" + found
	}
	return problem.New(code, "name", name, "extension", path.Ext(name), "found", formats[found], "field", "file")
}

// guard turns a panic of a reader into its error.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%v", r)
	}
}
