// Serves films over RTSP, each in a loop, as cameras do: rtsp://ADDRESS/NAME for each NAME=FILE_OR_FOLDER that is told.
// With -user and -password it asks for them. With -mute it answers every request and sends no picture.
// Once it listens it says so on standard output.
package main

import (
	"flag"
	"fmt"
	"log"
	"strings"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/bluenviron/gortsplib/v4/pkg/liberrors"
)

type recorder struct {
	user, password string
	streams        map[string]*gortsplib.ServerStream
}

func (r *recorder) find(conn *gortsplib.ServerConn, request *base.Request, path string) (
	*base.Response, *gortsplib.ServerStream, error,
) {
	if r.user != "" && !conn.VerifyCredentials(request, r.user, r.password) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	stream, known := r.streams[strings.Trim(path, "/")]
	if !known {
		return &base.Response{StatusCode: base.StatusNotFound}, nil, fmt.Errorf("no stream %q", path)
	}
	return &base.Response{StatusCode: base.StatusOK}, stream, nil
}

func (r *recorder) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (
	*base.Response, *gortsplib.ServerStream, error,
) {
	return r.find(ctx.Conn, ctx.Request, ctx.Path)
}

func (r *recorder) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (
	*base.Response, *gortsplib.ServerStream, error,
) {
	return r.find(ctx.Conn, ctx.Request, ctx.Path)
}

func (r *recorder) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func main() {
	address := flag.String("address", "127.0.0.1:8554", "where to listen")
	user := flag.String("user", "", "who may watch")
	password := flag.String("password", "", "the user's password")
	mute := flag.Bool("mute", false, "send no picture")
	flag.Parse()

	handler := &recorder{user: *user, password: *password, streams: map[string]*gortsplib.ServerStream{}}
	server := &gortsplib.Server{Handler: handler, RTSPAddress: *address}
	check(server.Start())
	for _, argument := range flag.Args() {
		name, file, _ := strings.Cut(argument, "=")
		film := open(file)
		media := &description.Media{Type: description.MediaTypeVideo, Formats: []format.Format{film.format}}
		stream := &gortsplib.ServerStream{Server: server, Desc: &description.Session{Medias: []*description.Media{media}}}
		check(stream.Initialize())
		handler.streams[name] = stream
		if !*mute {
			go film.play(stream)
		}
	}
	fmt.Println("listening")
	log.Fatal(server.Wait())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
