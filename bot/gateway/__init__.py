"""The server's front: who may hold a socket and for how long, which hosts are served, safe headers.

    room         how many sockets and streams this process can hold
    sockets      who holds one, and who must go when there is no room
    connection   one client's socket: what its client still owes, and until when
    server       uvicorn with these
    hosts headers   what every request and every answer must have

It knows nothing of chats or pages. How much one shopper may send is `channels/web/limits.py`.
"""
