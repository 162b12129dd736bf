# Part of `cmake --install`: settings for a system that has none; those that are there stay as they are.
# settings_example: config/example.toml. Programs under /usr have their settings in /etc, others beside them.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(folder /etc/longtake)
else()
  set(folder ${CMAKE_INSTALL_PREFIX}/etc/longtake)
endif()
if(EXISTS $ENV{DESTDIR}${folder}/longtake.toml)
  message(STATUS "Kept: $ENV{DESTDIR}${folder}/longtake.toml")
else()
  file(INSTALL ${settings_example} DESTINATION ${folder} RENAME longtake.toml)
endif()
