package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/csvfile"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// rejects hands rejected rows back: the columns and texts of the file, and a last
// column that says why. It is the one place to which such rows are written.
type rejects struct {
	path  string
	lang  i18n.Lang
	file  *os.File // nil: they go elsewhere
	to    *bufio.Writer
	csv   *csv.Writer
	of    *source.Table
	cells []string
	none  bool // nothing was written: the file goes at the end
}

// raw is what keeps the texts of rows as they stand in the file.
type raw interface {
	KeepRaw()
	Raw(row int) []string
}

// newRejects makes the file, which may not be there yet nor lie in the data
// directory, and is its owner's alone.
func newRejects(path, dataDir string, l i18n.Lang) (*rejects, error) {
	if dataDir != "" && within(path, dataDir) {
		return nil, problem.New("intake-rejects-inside", "path", path, "dir", dataDir)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, problem.New("intake-rejects-there", "path", path).Because(err)
	}
	if err != nil {
		return nil, problem.New("unwritable", "path", path).Because(err)
	}
	return &rejects{path: path, lang: l, file: f, to: bufio.NewWriterSize(f, 1<<16), none: true}, nil
}

// rejectsTo hands the rows to a writer that the caller looks after.
func rejectsTo(w io.Writer, l i18n.Lang) *rejects {
	return &rejects{lang: l, to: bufio.NewWriterSize(w, 1<<16), none: true}
}

// within tells that a path lies in a folder, whatever links lead there.
func within(path, dir string) bool {
	real := func(p string) string {
		abs, err := filepath.Abs(p)
		if err != nil {
			return p
		}
		if found, err := filepath.EvalSymlinks(abs); err == nil {
			return found
		}
		if found, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
			return filepath.Join(found, filepath.Base(abs))
		}
		return abs
	}
	rest, err := filepath.Rel(real(dir), real(path))
	return err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator))
}

// begin writes the header as the file has it.
func (w *rejects) begin(r source.Reader) error {
	if keeps, ok := r.(raw); ok {
		keeps.KeepRaw()
	}
	w.of = r.Table()
	w.csv = csv.NewWriter(w.to)
	if c, ok := r.(*csvfile.Reader); ok {
		w.csv.Comma = rune(c.Separator)
	} else if w.lang == i18n.ID {
		w.csv.Comma = ';' // what spreadsheets of Indonesia take
	}
	w.cells = make([]string, len(w.of.Columns)+1)
	for j, c := range w.of.Columns {
		w.cells[j] = harmless(c.Name)
	}
	w.cells[len(w.cells)-1] = i18n.Text(w.lang, "intake.why-rejected", nil)
	if _, err := w.to.WriteString("\ufeff"); err != nil { // so that spreadsheets read UTF-8
		return err
	}
	return w.csv.Write(w.cells)
}

// add writes rejected rows of a batch.
func (w *rejects) add(r source.Reader, in *source.Batch, all []contract.Reject) error {
	keeps, isRaw := r.(raw)
	for _, one := range all {
		i, ok := slices.BinarySearch(in.Row, one.Row)
		if !ok {
			continue
		}
		var was []string
		if isRaw {
			was = keeps.Raw(i)
		}
		for j, c := range w.of.Columns {
			w.cells[j] = ""
			switch {
			case was != nil && was[j] != "":
				w.cells[j] = harmless(was[j])
			case in.Cells[j].Missing[i] != source.Plain:
				w.cells[j] = harmless(spelt(&in.Cells[j], c.Kind, i))
			}
		}
		why := make([]string, len(one.Breaks))
		for k, b := range one.Breaks {
			why[k] = b.Text(w.lang)
		}
		w.cells[len(w.cells)-1] = strings.Join(why, "; ")
		if err := w.csv.Write(w.cells); err != nil {
			return err
		}
		w.none = false
	}
	return nil
}

// spelt writes a value so that it is read back as it is: a point before three
// digits would be taken for one of thousands.
func spelt(c *source.Cells, k source.Kind, i int) string {
	s := c.Spell(k, i)
	if k == source.Real && c.Missing[i] == "" && threeDecimals.MatchString(s) {
		s += "0"
	}
	return s
}

var (
	threeDecimals = regexp.MustCompile(`\.[0-9]{3}$`)
	plainNumber   = regexp.MustCompile(`^[-+]?[0-9][0-9.,]*%?$`)
)

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) && !plainNumber.MatchString(s) {
		return "'" + s
	}
	return s
}

// close ends the file; without keep, or when no row was rejected, it goes.
func (w *rejects) close(keep bool) error {
	if w.csv != nil {
		w.csv.Flush()
	}
	var err error
	if w.csv != nil {
		err = w.csv.Error()
	}
	if err = errors.Join(err, w.to.Flush()); w.file == nil {
		return err
	}
	err = errors.Join(err, w.file.Sync(), w.file.Close())
	if !keep || w.none || err != nil {
		err = errors.Join(err, os.Remove(w.path))
	}
	if err != nil {
		return problem.New("unwritable", "path", w.path).Because(err)
	}
	return nil
}
