# Writes OUTPUT, a source that defines longtake::app::openapi_text() as the bytes of INPUT. In pieces: compilers
# limit the length of one literal.
file(READ "${INPUT}" text)
string(LENGTH "${text}" length)
set(pieces "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8000 piece)
  string(APPEND pieces "    R\"openapi(${piece})openapi\"\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE "${OUTPUT}" "#include \"app/commands.h\"\n\nnamespace longtake::app {\n\nstd::string_view openapi_text() {\n  return\n${pieces}      ;\n}\n\n}  // namespace longtake::app\n")
