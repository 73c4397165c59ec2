// Package waiting keeps what was uploaded while a person looks at it and decides,
// so that nothing of it can be read from the disk.
//
//	upload -> Writer (chunks, each sealed by AES-256-GCM) -> File (ReaderAt) -> readers
//
// Each upload has a key of its own that is in memory alone, and its file loses its
// name as soon as it is made: what a killed process leaves is gone, and would be
// noise. Readers are handed chunks that are opened as they are asked for; nothing
// open is written anywhere. A room bounds how much waits and lets one file be
// checked at a time, so that pages stay quick meanwhile.
package waiting

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/dampak/dampak/internal/problem"
)

// The bounds of what waits, in bytes.
const (
	MostBytes = 256 << 20 // one upload
	MostAll   = 1 << 30   // all of a room
)

const (
	chunkSize = 64 << 10
	// cached is how many open chunks a file remembers: readers of archives jump
	// between the table of contents and a part.
	cached = 8
)

// Room is where uploads of one process wait. It is safe for concurrent use.
type Room struct {
	dir      string
	one, all int64 // MostBytes and MostAll
	turn     chan struct{}
	mu       sync.Mutex
	held     int64
}

// Open makes a room in a folder, which is the owner's alone, and clears away what
// a process before it may have left there.
func Open(dir string) (*Room, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, problem.New("upload-unkept").Because(err)
	}
	for _, pattern := range []string{"upload-*", "compare-*"} {
		left, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range left {
			if err := os.RemoveAll(path); err != nil {
				return nil, problem.New("upload-unkept").Because(err)
			}
		}
	}
	return &Room{dir: dir, one: MostBytes, all: MostAll, turn: make(chan struct{}, 1)}, nil
}

// Folder is where else something may lie for the length of one step, such as what
// versions are compared with (room change); it holds nobody's identity.
func (r *Room) Folder() string { return r.dir }

// Turn waits until no other file is checked; the caller says when it is done. Its
// error is that of ctx.
func (r *Room) Turn(ctx context.Context) (done func(), err error) {
	select {
	case r.turn <- struct{}{}:
		return sync.OnceFunc(func() { <-r.turn }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// take reserves room for bytes.
func (r *Room) take(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held+n > r.all {
		return false
	}
	r.held += n
	return true
}

func (r *Room) give(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held -= n
}

// Put keeps what a reader gives. Errors: a problem when it is larger than MostBytes,
// when the room is full, or when it cannot be kept; that of the reader or of ctx. Then
// nothing is kept.
func (r *Room) Put(ctx context.Context, from io.Reader) (*File, error) {
	w, err := r.New()
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, chunkSize)
	for {
		n, err := from.Read(buffer)
		if _, wrong := w.Write(buffer[:n]); wrong != nil {
			return nil, errors.Join(wrong, w.Drop())
		}
		if errors.Is(err, io.EOF) {
			return w.Done()
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, errors.Join(err, w.Drop())
		}
	}
}

// Writer takes an upload. It is for one goroutine; Done or Drop ends it.
type Writer struct {
	f    *File
	next []byte // what is not yet sealed
}

// New begins an upload.
func (r *Room) New() (*Writer, error) {
	file, err := os.CreateTemp(r.dir, "upload-*")
	if err != nil {
		return nil, problem.New("upload-unkept").Because(err)
	}
	f := &File{room: r, file: file}
	if os.Remove(file.Name()) != nil { // some systems remove no file that is open
		f.named = true
	}
	key := make([]byte, 32)
	_, err = rand.Read(key)
	var block cipher.Block
	if err == nil {
		block, err = aes.NewCipher(key)
	}
	if err == nil {
		f.sealed, err = cipher.NewGCM(block)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Writer{f: f, next: make([]byte, 0, chunkSize)}, nil
}

// Write adds to the upload. Errors: the problems of Put.
func (w *Writer) Write(p []byte) (int, error) {
	if w.f.size+int64(len(w.next)+len(p)) > w.f.room.one {
		return 0, problem.New("upload-large", "most", w.f.room.one>>20)
	}
	written := len(p)
	for len(p) > 0 {
		n := min(len(p), chunkSize-len(w.next))
		w.next, p = append(w.next, p[:n]...), p[n:]
		if len(w.next) == chunkSize {
			if err := w.seal(); err != nil {
				return 0, err
			}
		}
	}
	return written, nil
}

func (w *Writer) seal() error {
	n := int64(len(w.next))
	if !w.f.room.take(n) {
		return problem.New("upload-full")
	}
	w.f.held += n
	at := w.f.size / chunkSize
	if _, err := w.f.file.Write(w.f.sealed.Seal(nil, nonce(at), w.next, nil)); err != nil {
		return problem.New("upload-unkept").Because(err)
	}
	w.f.size += n
	clear(w.next)
	w.next = w.next[:0]
	return nil
}

// nonce is the number of a chunk, which a key seals once.
func nonce(chunk int64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), uint64(chunk))
}

// Done ends the upload and gives it for reading.
func (w *Writer) Done() (*File, error) {
	if len(w.next) > 0 {
		if err := w.seal(); err != nil {
			return nil, errors.Join(err, w.f.Close())
		}
	}
	return w.f, nil
}

// Drop forgets the upload.
func (w *Writer) Drop() error {
	clear(w.next[:cap(w.next)])
	return w.f.Close()
}

// File is an upload at rest. It is safe for concurrent use.
type File struct {
	room  *Room
	size  int64
	held  int64
	named bool // its name is still there

	mu     sync.Mutex
	file   *os.File    // nil: it was forgotten
	sealed cipher.AEAD // holds the key
	opened [cached]opened
	oldest int
	buffer []byte
}

// opened is a chunk that was asked for lately.
type opened struct {
	chunk int64
	bytes []byte // nil: none
}

// Size is its length in bytes.
func (f *File) Size() int64 { return f.size }

// ReadAt opens what is asked for; see io.ReaderAt. Errors: os.ErrClosed once the
// upload was forgotten; one of the disk, or of a chunk that is not as it was sealed.
func (f *File) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, os.ErrInvalid
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return 0, os.ErrClosed
	}
	n := 0
	for n < len(p) && at+int64(n) < f.size {
		here := at + int64(n)
		b, err := f.chunk(here / chunkSize)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], b[here%chunkSize:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *File) chunk(number int64) ([]byte, error) {
	for i := range f.opened {
		if f.opened[i].bytes != nil && f.opened[i].chunk == number {
			return f.opened[i].bytes, nil
		}
	}
	size := min(chunkSize, f.size-number*chunkSize) + int64(f.sealed.Overhead())
	if f.buffer == nil {
		f.buffer = make([]byte, chunkSize+f.sealed.Overhead())
	}
	if _, err := f.file.ReadAt(f.buffer[:size], number*int64(chunkSize+f.sealed.Overhead())); err != nil {
		return nil, err
	}
	slot := &f.opened[f.oldest]
	b, err := f.sealed.Open(slot.bytes[:0], nonce(number), f.buffer[:size], nil)
	if err != nil {
		slot.bytes = nil
		return nil, err
	}
	*slot, f.oldest = opened{number, b}, (f.oldest+1)%cached
	return b, nil
}

// Close forgets the upload: its bytes, its key and what was opened of it. A second
// time it does nothing.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	if f.named {
		err = errors.Join(err, os.Remove(f.file.Name()))
	}
	for i := range f.opened {
		clear(f.opened[i].bytes)
		f.opened[i].bytes = nil
	}
	f.file, f.sealed = nil, nil
	f.room.give(f.held)
	return err
}
