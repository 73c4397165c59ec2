package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/negotiation"

	"github.com/dampak/dampak/internal/store"
)

const (
	jsonType = "application/json"
	csvType  = "text/csv"
)

// Form says in which form a list is wanted: by format, or else by Accept.
type Form struct {
	Format string `query:"format" enum:"json,csv"`
	Accept string `header:"Accept" maxLength:"1000"`
}

func (f Form) form() Form { return f }

func (f Form) csv() bool {
	if f.Format != "" {
		return f.Format == "csv"
	}
	return negotiation.SelectQValue(f.Accept, []string{jsonType, csvType}) == csvType
}

// formed is what a list is asked with that is a table too.
type formed interface {
	paged
	form() Form
}

// written is a piece of a list in one of its forms. Link leads to the next piece,
// for a table has no place for it.
type written struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Link        string `header:"Link"`
	Body        []byte
}

// columnsIn are the columns of a table: their names, those of the fields of JSON
// where they hold the same, and the cells of each object. Cells of text are guarded.
type columnsIn[T any] struct {
	head []string
	row  func(caller, T) []string
}

// tabled declares GET /{noun} as list does, which also answers as CSV (RFC 4180).
func tabled[F formed, T any](d *door, o operation, file string, columns columnsIn[T], look func(*store.Reader, caller, F, string, int) ([]T, func(int) string, error)) {
	h := d.declare(o)
	schema := d.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Piece[T]](), true, "")
	h.Responses = map[string]*huma.Response{"200": {Content: map[string]*huma.MediaType{jsonType: {Schema: schema}, csvType: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	huma.Register(d.huma, h, func(ctx context.Context, in *F) (*written, error) {
		c := calling(ctx)
		piece, err := pieceOf(ctx, d, *in, look)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		out := &written{ContentType: jsonType}
		var b bytes.Buffer
		if piece.Next != nil {
			out.Link = "<?" + nextOf(ctx, *piece.Next) + `>; rel="next"`
		}
		if !(*in).form().csv() {
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			err = e.Encode(piece)
			out.Body = b.Bytes()
			return out, err
		}
		out.ContentType, out.Disposition = csvType+"; charset=utf-8; header=present", `attachment; filename="`+file+`.csv"`
		w := csv.NewWriter(&b)
		_ = w.Write(columns.head) // a buffer takes all
		for _, v := range piece.Items {
			_ = w.Write(columns.row(c, v)) // the same
		}
		w.Flush()
		out.Body = b.Bytes()
		return out, nil
	})
}

// nextOf gives the query of the request with another cursor.
func nextOf(ctx context.Context, cursor string) string {
	q := url.Values{}
	for k, v := range operating(ctx).query {
		q[k] = v
	}
	q.Set("cursor", cursor)
	return q.Encode()
}

// guarded is a text as a cell that no spreadsheet takes for a formula.
func guarded(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// decimal writes a number with so many decimals; nil: an empty cell.
func decimal(v *float64, decimals int) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', decimals, 64)
}
